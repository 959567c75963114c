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
