import { isSending } from '../../domain/deliveries/is-sending.ts'
import { type MessageKey, runsOfMessage } from '../thread-events.ts'
import type { Bot } from './bot.ts'

/** A message of ours whose id is not stored yet. Slack redelivers an event that is not acknowledged. */
class TooEarlyError extends Error {
  constructor() {
    super('a reply arrived before the id of the post was stored; Slack will redeliver the event')
    this.name = 'TooEarlyError'
  }
}

/**
 * Whether a message is one of ours that is about runs.
 * @param author who wrote it, as Slack says
 * @throws when that is not known yet: the event must not be acknowledged
 */
export async function isAboutRuns(
  { ctx, whoWeAre }: Pick<Bot, 'ctx' | 'whoWeAre'>,
  place: MessageKey,
  author: string | undefined,
): Promise<boolean> {
  if ((await runsOfMessage(ctx, place)) !== undefined) return true
  if (author === undefined || author !== (await whoWeAre())?.botUserId) return false
  if (!(await isSending(ctx, place))) return false
  // It may have been written down between the two looks.
  if ((await runsOfMessage(ctx, place)) !== undefined) return true
  throw new TooEarlyError()
}
