/**
 * A step: any signed 64-bit integer. A number while it is safe, a bigint beyond, never the other way round,
 * so that `===` and `<` hold between any two of them.
 */
export type Step = number | bigint

/** The one form of an integer that was read as text or bigint. */
export function toStep(value: string | bigint | number): Step {
  const step = Number(value)
  return Number.isSafeInteger(step) ? step : BigInt(value)
}

export const MIN_STEP = -(2n ** 63n)
export const MAX_STEP = 2n ** 63n - 1n

export function compareSteps(a: Step, b: Step): number {
  return a < b ? -1 : a > b ? 1 : 0
}
