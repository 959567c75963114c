import { commandOf } from '../dispatch.ts'
import { typedMention } from '../typed-mentions.ts'

/** A person `<@U1|ana>` or a user group `<!subteam^S1|@ml-leads>`. */
const MENTION = /<(@|!subteam\^)([A-Z0-9]+)(?:\|([^<>]*))?>/g

/**
 * What Slack's `should_escape` made of typed text, undone: plain addresses, plain characters, and names instead of
 * ids, but for those that the command is about.
 */
export function unescapeSlack(text: string): string {
  const accounts = commandOf(text)?.accounts === true
  return text
    .replace(MENTION, (_all, sign: string, id: string, name: string | undefined, at: number) =>
      typedMention({ id, name, role: sign !== '@' }, text.slice(0, at), accounts),
    )
    .replace(/<#([A-Z0-9]+)(?:\|([^>]*))?>/g, (_all, id: string, name?: string) => `#${name || id}`)
    .replace(/<((?:https?|mailto):[^|>]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** At most so many people are looked up for one message. */
const NAMED = 20

/** What somebody wrote in a channel, as text: people and groups by their names, plain addresses, plain characters. */
export async function readMessageText(
  text: string,
  nameOf: (user: string) => Promise<string>,
): Promise<string> {
  const users = new Set([...text.matchAll(/<@([A-Z0-9]+)>/g)].map(([, id = '']) => id))
  const names = new Map<string, string>()
  for (const id of [...users].slice(0, NAMED)) names.set(id, await nameOf(id))
  return text
    .replace(
      /<@([A-Z0-9]+)(?:\|([^>]*))?>/g,
      (_all, id: string, name?: string) => `@${name || names.get(id) || id}`,
    )
    .replace(/<#([A-Z0-9]+)(?:\|([^>]*))?>/g, (_all, id: string, name?: string) => `#${name || id}`)
    .replace(
      /<!subteam\^([A-Z0-9]+)(?:\|@?([^>]*))?>/g,
      (_all, id: string, name?: string) => `@${name || id}`,
    )
    .replace(
      /<!([a-z]+)(?:\^[^|>]*)?(?:\|([^>]*))?>/g,
      (_all, word: string, shown?: string) => shown || `@${word}`,
    )
    .replace(/<((?:https?|mailto):[^|>]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
