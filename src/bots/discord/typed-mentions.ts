import type { ChatInputCommandInteraction } from 'discord.js'
import { typedMention } from '../typed-mentions.ts'

/** A person `<@7>` (once `<@!7>`) or a role `<@&5>`: Discord sends no name with it. */
const MENTION = /<@([!&]?)(\d{5,20})>/g

/** A typed line with names in its mentions, and with ids where the command is about accounts. */
export async function nameMentions(
  interaction: Pick<ChatInputCommandInteraction, 'client' | 'guild'>,
  line: string,
  accounts: boolean,
): Promise<string> {
  const found = [...line.matchAll(MENTION)]
  const names = await Promise.all(found.map(([, sign, id = '']) => nameOf(interaction, sign === '&', id)))
  let next = 0
  return line.replace(MENTION, (_all, sign: string, id: string, at: number) => {
    const name = names[next++]
    return typedMention({ id, name, role: sign === '&' }, line.slice(0, at), accounts)
  })
}

/** Undefined for a person whom Discord does not know, or does not answer about now. */
async function nameOf(
  { client, guild }: Pick<ChatInputCommandInteraction, 'client' | 'guild'>,
  role: boolean,
  id: string,
): Promise<string | undefined> {
  if (role) return guild?.roles.cache.get(id)?.name
  return await client.users
    .fetch(id)
    .then(({ username }) => username)
    .catch(() => undefined)
}
