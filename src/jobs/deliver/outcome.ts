import { DeliveryError } from '../../bots/transport.ts'
import { messageOf } from '../../errors.ts'

/** Any failure of a call to a platform as a DeliveryError: what we do not understand may have been stored. */
export function asDeliveryError(error: unknown): DeliveryError {
  return error instanceof DeliveryError ? error : new DeliveryError('ambiguous', messageOf(error))
}

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** How long to wait before the next try, doubling from one second to a minute. */
export function backoffMs(attempts: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 10))
}
