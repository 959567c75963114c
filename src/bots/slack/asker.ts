import type { Asker } from '../commands/command.ts'
import type { Bot } from './bot.ts'
import { isInGroup } from './user-groups.ts'

/** Who did something, and where. */
export interface Where {
  team: string
  user: string
  name: string
  channel: string
  channelName?: string | undefined
}

export function askerOf(bot: Pick<Bot, 'client' | 'transport'>, where: Where): Asker {
  const { team, user, name, channel, channelName } = where
  return {
    platform: 'slack',
    workspace: team,
    userId: user,
    name,
    channel,
    ...(channelName === undefined ? {} : { channelName }),
    inRole: (role) => isInGroup(bot.client, role, user),
    membership: () => membership(bot, where),
  }
}

/** Of direct messages the bot sees only those with itself, and needs no scope to know them. */
async function membership({ transport }: Pick<Bot, 'transport'>, { team, user, channel }: Where) {
  const address = { platform: 'slack', workspace: team, channel } as const
  if (!channel.startsWith('D')) return await transport.membership(address)
  const own = await transport.direct(team, user).catch(() => undefined)
  if (own?.channel === channel) return { canPost: true as const }
  const reason = 'This is a conversation without the bot.'
  return { canPost: false as const, reason, fix: 'Ask in a channel, or in the Messages tab of the app.' }
}
