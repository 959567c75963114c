import type { Bot } from '../bot.ts'
import { toDeliveryError } from '../errors.ts'

/**
 * A call that an event leads to. A call that Slack cannot take now is made again when Slack redelivers the event, which stays unacknowledged;
 * what it refuses is written down, for it would be refused again.
 */
export async function attempt(
  { ctx }: Pick<Bot, 'ctx'>,
  without: string,
  call: () => Promise<unknown>,
): Promise<void> {
  try {
    await call()
  } catch (error) {
    const { kind, reason } = toDeliveryError(error)
    if (kind === 'rate_limited' || kind === 'ambiguous' || kind === 'internal') throw error
    ctx.log.warn({ reason }, `Slack: ${without}`)
  }
}
