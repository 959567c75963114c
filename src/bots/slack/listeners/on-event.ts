import type { App } from '@slack/bolt'
import { seeEvent, wasSeen } from '../../../domain/channels/see-event.ts'
import { AppError } from '../../../errors.ts'
import type { Bot } from '../bot.ts'
import { ownTeam } from '../identity.ts'

/** An event as it came: signed by Slack, but any field may be missing. */
export type SlackEvent = Record<string, unknown>

/**
 * Hears one kind of event. An event is remembered once it was handled, and only then: one that a crash interrupted
 * comes again, and what it does is the same the second time.
 */
export function onEvent(
  app: App,
  { ctx }: Pick<Bot, 'ctx'>,
  type: string,
  handle: (event: SlackEvent, team: string) => Promise<void>,
): void {
  app.event(type, async ({ event, body }) => {
    const key = `event ${body.event_id}`
    if (await wasSeen(ctx, 'slack', key)) return
    try {
      await handle(event as unknown as SlackEvent, ownTeam(body))
    } catch (error) {
      // What the domain refuses stays refused, however often it comes.
      if (!(error instanceof AppError)) throw error
      ctx.log.info({ reason: error.message, type }, 'Slack: an event was refused')
    }
    await seeEvent(ctx, 'slack', key)
  })
}

/** A field that must be text to mean anything. */
export function textIn(event: SlackEvent, field: string): string | undefined {
  const value = event[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A field that holds more fields. */
export function partIn(event: SlackEvent, field: string): SlackEvent {
  const value = event[field]
  return typeof value === 'object' && value !== null ? (value as SlackEvent) : {}
}
