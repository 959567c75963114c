import type {
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  Interaction,
} from 'discord.js'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import { parseButtonId } from '../button-id.ts'
import { findCommand } from '../commands/index.ts'
import { toLine } from '../commands/to-line.ts'
import { complete } from '../complete.ts'
import { dispatch } from '../dispatch.ts'
import { noticeOf, press } from '../press.ts'
import { answering, atOnce, line, say } from './answer.ts'
import { askerOf } from './asker.ts'
import { DISCORD } from './limits.ts'
import { onAnnotate, onModal, openForm, TOO_SLOW } from './forms.ts'
import { ANNOTATE } from './register-commands.ts'
import { withRestriction } from './restriction.ts'
import type { DiscordTransport } from './transport.ts'
import { nameMentions } from './typed-mentions.ts'

/**
 * Commands, clicks, forms, menus and autocompletion. Acknowledged before anything else is done, but for forms, which
 * only open as a first answer; what is said is seen by the asker alone.
 */
export async function handleInteraction(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: Interaction,
): Promise<void> {
  if (interaction.isChatInputCommand()) await onCommand(ctx, transport, interaction)
  else if (interaction.isButton()) await onButton(ctx, transport, interaction)
  else if (interaction.isAutocomplete()) await onAutocomplete(ctx, transport, interaction)
  else if (interaction.isModalSubmit()) await onModal(ctx, transport, interaction)
  else if (interaction.isMessageContextMenuCommand() && interaction.commandName === ANNOTATE)
    await onAnnotate(ctx, transport, interaction)
}

async function onCommand(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  await answering(ctx, interaction, async () => {
    const command = findCommand(commandName(interaction))
    const typed = command === undefined ? commandName(interaction) : toLine(command, optionsOf(interaction))
    const asked = await nameMentions(interaction, typed, command?.accounts === true)
    const asker = askerOf(transport, interaction)
    const reply = await dispatch(ctx, asker, asked)
    await say(transport, interaction, await withRestriction(ctx, transport, asker, reply))
  })
}

async function onButton(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: ButtonInteraction,
): Promise<void> {
  const asker = askerOf(transport, interaction)
  const button = parseButtonId(interaction.customId)
  if (button !== undefined && (await openForm(ctx, asker, interaction, button))) return
  await answering(ctx, interaction, async () => {
    if (button === undefined)
      return void (await interaction.editReply(line('This button is from an older version.')))
    const pressed = await press(ctx, asker, button.ref, button.id)
    if (pressed.kind === 'reply') await say(transport, interaction, pressed.reply)
    else await interaction.editReply(line(pressed.kind === 'form' ? TOO_SLOW : noticeOf(pressed)))
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
  const choices = found
    // A value cannot be cut, and one that is too long would cost all the others.
    .filter(({ value }) => value.length <= DISCORD.choice)
    .slice(0, DISCORD.choices)
    .map(({ label, value }) => ({ name: cut(cleanLine(label), DISCORD.choice) || value, value }))
  await atOnce(ctx, () => interaction.respond(choices))
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
