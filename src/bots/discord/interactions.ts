import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  MessageFlags,
  PermissionFlagsBits,
} from 'discord.js'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import { parseButtonId } from '../button-id.ts'
import type { Asker } from '../commands/command.ts'
import { findCommand } from '../commands/index.ts'
import { toLine } from '../commands/to-line.ts'
import { complete } from '../complete.ts'
import { dispatch } from '../dispatch.ts'
import { noticeOf, press } from '../press.ts'
import { PICTURES_MS } from '../transport.ts'
import { preparePictures, readyPictures, withOrWithout } from './pictures.ts'
import { pictureFiles } from './render-pictures.ts'
import { renderDiscord } from './render.ts'
import { noticeText } from './render-text.ts'
import { type DiscordTransport, INVITE } from './transport.ts'
import { nameMentions } from './typed-mentions.ts'

/** Commands, clicks and autocompletion. Acknowledged before anything else is done; answers are seen by the asker alone. */
export async function handleInteraction(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: Interaction,
): Promise<void> {
  if (interaction.isChatInputCommand()) await onCommand(ctx, transport, interaction)
  else if (interaction.isButton()) await onButton(ctx, transport, interaction)
  else if (interaction.isAutocomplete()) await onAutocomplete(ctx, transport, interaction)
}

async function onCommand(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral })
  await answering(ctx, interaction, async () => {
    const command = findCommand(commandName(interaction))
    const typed = command === undefined ? commandName(interaction) : toLine(command, optionsOf(interaction))
    const line = await nameMentions(interaction, typed, command?.accounts === true)
    const reply = await dispatch(ctx, askerOf(transport, interaction), line)
    await say(transport, interaction, reply.message, `a:${reply.answerId}`)
  })
}

async function onButton(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: ButtonInteraction,
): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral })
  await answering(ctx, interaction, async () => {
    const button = parseButtonId(interaction.customId)
    if (button === undefined)
      return void (await interaction.editReply({ content: 'This button is from an older version.' }))
    const result = await press(ctx, askerOf(transport, interaction), button.ref, button.id)
    if (result.kind === 'reply')
      await say(transport, interaction, result.reply.message, `a:${result.reply.answerId}`)
    else
      await interaction.editReply({ content: noticeText(noticeOf(result)), allowedMentions: { parse: [] } })
  })
}

async function onAutocomplete(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: AutocompleteInteraction,
): Promise<void> {
  const { name: option, value: typed } = interaction.options.getFocused(true)
  const others = optionsOf(interaction)
  delete others[option]
  const found = await complete(ctx, askerOf(transport, interaction), {
    command: commandName(interaction),
    option,
    typed,
    others,
  }).catch((error: unknown) => {
    ctx.log.warn({ error: messageOf(error) }, 'Discord: no completions')
    return []
  })
  await interaction.respond(
    found.slice(0, 25).map(({ label, value }) => ({ name: label.slice(0, 100), value })),
  )
}

type Typed = ChatInputCommandInteraction | AutocompleteInteraction

/** 'best', or 'report preview' for a command in a group. */
function commandName(interaction: Typed): string {
  const group = interaction.options.getSubcommandGroup(false)
  const name = interaction.options.getSubcommand(false) ?? 'help'
  return group === null ? name : `${group} ${name}`
}

function optionsOf(interaction: Typed): Record<string, string> {
  const [first] = interaction.options.data
  const leaf = first?.options?.[0]?.options ?? first?.options ?? []
  return Object.fromEntries(
    leaf.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, String(value)]),
  )
}

function askerOf(transport: DiscordTransport, interaction: Typed | ButtonInteraction): Asker {
  const workspace = interaction.guildId ?? ''
  const channel = interaction.channelId ?? ''
  const name = interaction.channel !== null && 'name' in interaction.channel ? interaction.channel.name : null
  const permissions = interaction.appPermissions
  return {
    platform: 'discord',
    workspace,
    userId: interaction.user.id,
    name: interaction.user.username,
    channel,
    ...(name === null ? {} : { channelName: name }),
    roles: rolesOf(interaction),
    membership: async () => {
      const needed = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessages]
      if (workspace !== '' && !permissions.has(needed)) {
        return { canPost: false, reason: 'The bot may not post in this channel.', fix: INVITE }
      }
      return await transport.membership({ platform: 'discord', workspace, channel })
    },
  }
}

function rolesOf({ member }: Typed | ButtonInteraction): string[] {
  if (member === null) return []
  return Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]
}

async function say(
  { pictures }: DiscordTransport,
  interaction: ChatInputCommandInteraction | ButtonInteraction,
  message: Message,
  ref: MessageRef,
): Promise<void> {
  await preparePictures(pictures, message, AbortSignal.timeout(PICTURES_MS.answer))
  await withOrWithout(readyPictures(pictures, message), async (shown) => {
    // The renderer's JSON is Discord's own; the library's types differ from it in names only.
    const { allowed_mentions, attachments, ...body } = renderDiscord(message, ref, { pictures: shown })
    const files = pictureFiles(attachments, shown).map(({ name, data }, index) => ({
      attachment: data,
      name,
      description: attachments[index]?.description ?? '',
    }))
    await interaction.editReply({ ...body, files, allowedMentions: allowed_mentions })
  })
}

/** A defect of ours is told to the one who asked, and to the log. */
async function answering(
  ctx: Ctx,
  interaction: ChatInputCommandInteraction | ButtonInteraction,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    ctx.log.error({ error: messageOf(error) }, 'Discord: no answer')
    const content = 'That did not work: the tracker has a problem of its own. Please try again in a minute.'
    await interaction.editReply({ content }).catch(() => {})
  }
}
