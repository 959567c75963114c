import type { Clock } from '../../../src/clock.ts'

export interface Budget {
  limit: number
  windowMs: number
}
export interface Verdict {
  headers: Record<string, string>
  retryAfter: number | null
}

/** A fixed window per method and path without message ids, as the real buckets are keyed; off until a budget is set. */
export class RateLimit {
  budget: Budget | null = null
  readonly #windows = new Map<string, { used: number; endsAt: number }>()
  readonly #clock: Clock
  constructor(clock: Clock) {
    this.#clock = clock
  }
  /** Counts one call; `retryAfter` is in seconds when the bucket is empty. */
  take(method: string, path: string): Verdict {
    const b = this.budget
    if (!b) return { headers: {}, retryAfter: null }
    const [route, major] = [path.replaceAll(/\d{17,19}/g, ':id'), /\d{17,19}/.exec(path)?.[0]]
    const now = this.#clock.now().getTime()
    const key = `${method} ${route} ${major}`
    let w = this.#windows.get(key)
    if (!w || w.endsAt <= now) this.#windows.set(key, (w = { used: 0, endsAt: now + b.windowMs }))
    w.used++
    const after = (w.endsAt - now) / 1000
    const headers = {
      'x-ratelimit-limit': String(b.limit),
      'x-ratelimit-remaining': String(Math.max(0, b.limit - w.used)),
      'x-ratelimit-reset': String(w.endsAt / 1000),
      'x-ratelimit-reset-after': String(after),
      'x-ratelimit-bucket': Buffer.from(`${method}${route}`).toString('hex').slice(0, 32),
    }
    return { headers, retryAfter: w.used > b.limit ? after : null }
  }
}
