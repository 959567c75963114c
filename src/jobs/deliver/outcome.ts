import { DeliveryError, unknownFailure } from '../../bots/transport.ts'

/** Any failure of a call to a platform as a DeliveryError. */
export function asDeliveryError(error: unknown): DeliveryError {
  return error instanceof DeliveryError ? error : unknownFailure(error)
}

/** So many exceptions of our own end a post or an edit. Outages are not counted: they end by themselves. */
export const MAX_FAULTS = 5

const RETRY_AFTER_MS = [1_000, 3_000, 8_000, 20_000] as const

/** How long to wait after a failed attempt, the first one being 1: 1, 3, 8, then always 20 s. */
export function retryDelayMs(attempt: number): number {
  return RETRY_AFTER_MS[Math.max(0, attempt - 1)] ?? 20_000
}
