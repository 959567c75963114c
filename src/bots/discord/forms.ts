import { errorWords } from '../error-words.ts'
import type {
  ButtonInteraction,
  MessageContextMenuCommandInteraction,
  ModalSubmitInteraction,
} from 'discord.js'
import { MessageFlags } from 'discord.js'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { buttons, cut, message, paragraph } from '../../messages/build.ts'
import type { Form, MessageRef } from '../../messages/model.ts'
import type { Asker } from '../commands/command.ts'
import { keep, type Reply } from '../dispatch.ts'
import { submitForm } from '../forms.ts'
import { formOf } from '../press.ts'
import { answering, atOnce, line, say } from './answer.ts'
import { askerOf } from './asker.ts'
import { parseFormId } from './form-id.ts'
import { modalOf } from './modal.ts'
import { linkTo, placesOf, runsAt } from './places.ts'
import { plainText } from './plain-text.ts'
import type { DiscordTransport } from './transport.ts'

/** A modal can only be the first answer, within three seconds. What takes longer to find out is answered in words. */
const FORM_MS = 1_500

type Opening = Awaited<ReturnType<typeof modalOf>>

/** Opens the form that a button asks for. @returns false when it asks for none, or finding out took too long */
export async function openForm(
  ctx: Ctx,
  asker: Asker,
  interaction: ButtonInteraction,
  button: { ref: MessageRef; id: string },
): Promise<boolean> {
  const opening = await inTime(async () => {
    const form = await formOf(ctx, asker, button.ref, button.id)
    return form === undefined ? undefined : await modalOf(ctx, asker, form)
  })
  if (opening === undefined) return false
  await show(ctx, interaction, opening)
  return true
}

/** 'Annotate' in a message's menu: a note on the run that it is about, or one that begins with its text. */
export async function onAnnotate(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: MessageContextMenuCommandInteraction,
): Promise<void> {
  const asker = askerOf(transport, interaction)
  const opening = await inTime(async () => await modalOf(ctx, asker, await formAbout(ctx, interaction)))
  if (opening !== undefined) return await show(ctx, interaction, opening)
  await answering(ctx, interaction, async () => void (await interaction.editReply(line(TOO_SLOW))))
}

export const TOO_SLOW = 'The form did not open in time: please try it once more.'

async function formAbout(ctx: Ctx, interaction: MessageContextMenuCommandInteraction): Promise<Form> {
  const { targetMessage: target, client } = interaction
  const at = { guild: interaction.guildId ?? '', channel: interaction.channelId, message: target.id }
  const { places } = await placesOf(client, at)
  const found = await runsAt(ctx, places, target.id)
  const [run] = found?.runIds ?? []
  const permalink = linkTo(at)
  if (run !== undefined) return { run, permalink }
  const mentions = [...target.mentions.users.values()]
  return { text: plainText({ content: target.content, mentions }, client), permalink }
}

async function show(
  ctx: Ctx,
  interaction: ButtonInteraction | MessageContextMenuCommandInteraction,
  opening: NonNullable<Opening>,
): Promise<void> {
  await atOnce(ctx, () =>
    typeof opening === 'string'
      ? interaction.reply({ ...line(opening), flags: MessageFlags.Ephemeral })
      : interaction.showModal(opening),
  )
}

/** Undefined when it is not there in time, or fails: the slower way says what is wrong. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), FORM_MS)
  })
  try {
    return await Promise.race([work(), late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** Stores what was filled in, and answers a receipt to the one who did. */
export async function onModal(
  ctx: Ctx,
  transport: DiscordTransport,
  interaction: ModalSubmitInteraction,
): Promise<void> {
  await answering(ctx, interaction, async () => {
    const form = parseFormId(interaction.customId, interaction.guildId ?? '')
    if (form === undefined)
      return void (await interaction.editReply(line('This form is from an older version.')))
    await say(
      transport,
      interaction,
      await stored(ctx, askerOf(transport, interaction), form, valuesOf(interaction)),
    )
  })
}

function valuesOf({ fields }: ModalSubmitInteraction): Record<string, string> {
  return Object.fromEntries(
    fields.fields.map((field) => [field.customId, 'value' in field ? String(field.value) : '']),
  )
}

/** What was typed is not lost when something is wrong with it: a click opens the form with it again. */
async function stored(ctx: Ctx, asker: Asker, form: Form, values: Record<string, string>): Promise<Reply> {
  try {
    return await submitForm(ctx, asker, form, values)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const text = values['text'] ?? ''
    const refused = message(
      'error',
      errorWords(error),
      [
        paragraph(cut(errorWords(error), 600)),
        ...(text === '' ? [] : [{ type: 'code' as const, text }]),
        buttons({
          id: 'again',
          label: 'Open the form again',
          style: 'primary',
          action: { do: 'form', form: { ...form, text } },
        }),
      ],
      'warning',
    )
    const data = { error: error.message, ...error.details }
    return await keep(ctx, asker, 'note', 'note', { message: refused, data })
  }
}
