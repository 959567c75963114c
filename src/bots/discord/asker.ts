import { type BaseInteraction, PermissionFlagsBits } from 'discord.js'
import type { Asker } from '../commands/command.ts'
import { grantFix, missingPermissions } from './permissions.ts'
import type { DiscordTransport } from './transport.ts'

/** Without these nothing can be posted; what else is missing costs a chart, a thread or a receipt. */
const POSTING = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.EmbedLinks

/** The member who typed, clicked or filled in a form, and where. */
export function askerOf(transport: DiscordTransport, interaction: BaseInteraction): Asker {
  const workspace = interaction.guildId ?? ''
  const channel = interaction.channelId ?? ''
  const name = interaction.channel !== null && 'name' in interaction.channel ? interaction.channel.name : null
  return {
    platform: 'discord',
    workspace,
    userId: interaction.user.id,
    name: interaction.user.username,
    channel,
    ...(name === null ? {} : { channelName: name }),
    roles: rolesOf(interaction),
    membership: async () => {
      const { SendMessages, SendMessagesInThreads } = PermissionFlagsBits
      const needed =
        POSTING | (interaction.channel?.isThread() === true ? SendMessagesInThreads : SendMessages)
      const missing = missingPermissions(interaction.appPermissions.bitfield | ~needed)
      if (workspace !== '' && missing.length > 0) {
        const reason = `The bot may not post in this channel: it lacks ${missing.join(', ')}.`
        return { canPost: false, reason, fix: grantFix(missing) }
      }
      return await transport.membership({ platform: 'discord', workspace, channel })
    },
  }
}

/** The library's object in a server that it knows, Discord's own payload elsewhere. */
function rolesOf({ member }: BaseInteraction): string[] {
  if (member === null) return []
  return Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]
}
