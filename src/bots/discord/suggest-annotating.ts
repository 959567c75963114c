import { Routes } from 'discord.js'
import type { Ctx } from '../../context.ts'
import { seeEvent } from '../../domain/channels/see-event.ts'
import { readRun } from '../../domain/runs/read/read-run.ts'
import { messageOf } from '../../errors.ts'
import type { MessageKey } from '../thread-events.ts'
import { ANNOTATE } from './register-commands.ts'
import { type Hearing, runsAt } from './places.ts'
import { noticeText } from './render-text.ts'

/**
 * A reply came without its text, for want of the message-content intent: says once per channel and day how a note is
 * kept all the same.
 */
export async function suggestAnnotating(
  { ctx, client }: Hearing,
  {
    places,
    parents,
    said,
  }: { places: MessageKey[]; parents: string[]; said: { id: string; channel_id: string } },
): Promise<void> {
  const ref = await firstRun(ctx, places, parents)
  const [place] = places
  if (ref === undefined || place === undefined) return
  const day = ctx.clock.now().toISOString().slice(0, 10)
  if (!(await seeEvent(ctx, 'discord', `suggested:${place.workspace}:${place.channel}:${day}`))) return
  const text =
    'Replies cannot be read here without the message-content intent. To keep yours as a note on ' +
    `${ref}: open its menu, Apps, ${ANNOTATE}; or type /exp note ${ref} and the text; or reply with the ping on.`
  const body = {
    content: noticeText(text),
    message_reference: { message_id: said.id, fail_if_not_exists: false },
    allowed_mentions: { parse: [], replied_user: false },
  }
  await client.rest.post(Routes.channelMessages(said.channel_id), { body }).catch((error: unknown) => {
    ctx.log.warn({ channel: said.channel_id, error: messageOf(error) }, 'Discord: no word about the intent')
  })
}

/** The run that these messages are about; undefined when none of them is ours. */
async function firstRun(ctx: Ctx, places: MessageKey[], parents: string[]): Promise<string | undefined> {
  for (const message of parents) {
    const found = await runsAt(ctx, places, message)
    const [runId] = found?.runIds ?? []
    if (found !== undefined && runId !== undefined) {
      return (await readRun(ctx, { projectId: found.projectId, runId })).ref
    }
  }
  return undefined
}
