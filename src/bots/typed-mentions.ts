/** An account or role in a typed line, as its platform marked it. */
export interface TypedMention {
  id: string
  name: string | undefined
  role: boolean
}

/** The mention that a word of a line is, as `typedMention` wrote it. */
export function parseTypedMention(word: string): TypedMention | undefined {
  const [, sign, id, name] = /^<@(&?)([A-Za-z0-9]+)(?:\|([^<>|]*))?>$/.exec(word) ?? []
  return id === undefined ? undefined : { id, name: name || undefined, role: sign === '&' }
}

/** After this prefix the grammar reads an account, in every command. */
const BY = /(?:^|\s)-?by:@?$/i

/**
 * A mention as commands read it. Where they read accounts it keeps the id, as `<@id|name>` or `<@&id|name>`, for
 * names are not unique and change; elsewhere it is text: '@name'.
 * @param before what was typed in front of it
 */
export function typedMention({ id, name, role }: TypedMention, before: string, accounts: boolean): string {
  const shown = (name ?? '').replace(/[<>|]/g, '').trim().replace(/^@/, '')
  if (!accounts && (role || !BY.test(before))) return `@${shown || id}`
  return `<@${role ? '&' : ''}${id}${shown === '' ? '' : `|${shown}`}>`
}
