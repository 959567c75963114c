import type { App } from '@slack/bolt'

/** What Slack sent, however it came. */
export interface Received {
  body: Record<string, unknown>
  ack(response?: unknown): Promise<void>
  retryNum?: number
  retryReason?: string
}

interface Outcome {
  error?: Error
}

/** Something that Bolt itself cannot read: it never reached a listener. */
export class UnreadableError extends Error {
  constructor(cause: unknown) {
    super('not what Slack sends', { cause })
    this.name = 'UnreadableError'
  }
}

/**
 * Hands something to its listeners. Commands and clicks are acknowledged by them. Bolt would acknowledge events before
 * anybody heard them; here they are acknowledged once they were handled, so that one that a crash or a failure
 * interrupted comes again.
 * @throws the listener's error for an event that was not handled
 */
export async function processBody(app: App, received: Received): Promise<void> {
  if (!isEvent(received.body)) return await app.processEvent(received)
  const outcome: Outcome = {}
  await app
    .processEvent({ ...received, ack: async () => {}, customProperties: { outcome } })
    .catch((error: unknown) => {
      throw new UnreadableError(error)
    })
  if (outcome.error !== undefined) throw outcome.error
  await received.ack()
}

/** Records that a listener failed, for the receiver that passed it the event. */
export function failed(context: object, error: Error): void {
  const { outcome } = context as { outcome?: Outcome }
  if (outcome !== undefined) outcome.error = error
}

export function isEvent({ event }: Record<string, unknown>): boolean {
  return typeof event === 'object' && event !== null
}

/** More than 30,000 events within an hour: Slack keeps the others to itself for a minute. It has no inner event. */
export function tellsRateLimit({ type }: Record<string, unknown>): boolean {
  return type === 'app_rate_limited'
}

export const HELD_BACK =
  'Slack holds back events: there were more than 30,000 within an hour; replies and reactions of this minute may be missed'
