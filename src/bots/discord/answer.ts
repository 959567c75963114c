import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  DiscordAPIError,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js'
import type { Ctx } from '../../context.ts'
import { seeEvent } from '../../domain/channels/see-event.ts'
import { messageOf } from '../../errors.ts'
import type { Message } from '../../messages/model.ts'
import { PICTURES_MS } from '../transport.ts'
import { preparePictures, readyPictures, withOrWithout } from './pictures.ts'
import { pictureFiles } from './render-pictures.ts'
import { renderDiscord } from './render.ts'
import { noticeText } from './render-text.ts'
import type { DiscordTransport } from './transport.ts'

export type Answerable =
  | ChatInputCommandInteraction
  | MessageContextMenuCommandInteraction
  | ButtonInteraction
  | ModalSubmitInteraction

const UNKNOWN_INTERACTION = 10062
const ALREADY_ACKNOWLEDGED = 40060

/**
 * Acknowledges, then works, once however often the gateway sends it. When Discord does not wait any more, nothing
 * is done: no answer would reach the person. A defect of ours is shown to the person who asked, and logged.
 */
export async function answering(ctx: Ctx, interaction: Answerable, work: () => Promise<void>): Promise<void> {
  if (!(await acknowledged(ctx, interaction))) return
  try {
    if (await seeEvent(ctx, 'discord', `interaction:${interaction.id}`)) await work()
  } catch (error) {
    ctx.log.error({ error: messageOf(error) }, 'Discord: no answer')
    const content = 'That did not work: the tracker has a problem of its own. Please try again in a minute.'
    await interaction.editReply({ content }).catch(() => {})
  }
}

async function acknowledged(ctx: Ctx, interaction: Answerable): Promise<boolean> {
  try {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral })
    return true
  } catch (error) {
    if (isCode(error, ALREADY_ACKNOWLEDGED)) {
      // The first try arrived, and only its answer was lost: the client sent it again.
      interaction.deferred = true
      return true
    }
    if (isCode(error, UNKNOWN_INTERACTION)) {
      tooLate(ctx)
      return false
    }
    throw error
  }
}

/** Answers at once, with what takes no time: a form, or a line. Too late for it, nothing happened. */
export async function atOnce(ctx: Ctx, respond: () => Promise<unknown>): Promise<void> {
  try {
    await respond()
  } catch (error) {
    if (isCode(error, UNKNOWN_INTERACTION)) tooLate(ctx)
    else if (!isCode(error, ALREADY_ACKNOWLEDGED)) throw error
  }
}

function tooLate(ctx: Ctx): void {
  const fix = 'Look at the load of this machine and at its connection to Discord.'
  ctx.log.warn({ fix }, 'Discord: three seconds were over before an answer; nothing was done')
}

/** Shows a message to the one who asked, with its charts where they are drawn in time. */
export async function say(
  { pictures }: DiscordTransport,
  interaction: Answerable,
  { message, answerId }: { message: Message; answerId: string },
): Promise<void> {
  await preparePictures(pictures, message, AbortSignal.timeout(PICTURES_MS.answer))
  await withOrWithout(readyPictures(pictures, message), async (shown) => {
    // The renderer's JSON is Discord's own; the library's types differ from it in names only.
    const { allowed_mentions, attachments, ...body } = renderDiscord(message, `a:${answerId}`, {
      pictures: shown,
    })
    const files = pictureFiles(attachments, shown).map(({ name, data }, index) => ({
      attachment: data,
      name,
      description: attachments[index]?.description ?? '',
    }))
    await interaction.editReply({ ...body, files, allowedMentions: allowed_mentions })
  })
}

/** One literal line for the one who asked. */
export function line(text: string) {
  return { content: noticeText(text), allowedMentions: { parse: [] } }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof DiscordAPIError && Number(error.code) === code
}
