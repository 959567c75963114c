/** What goes wrong with the next request that matches; each is used once, in the order given. */
export type Fault =
  | { kind: 'http500' }
  | { kind: 'http429'; retryAfter: number; global?: boolean }
  | { kind: 'resetBeforeStore' | 'resetAfterStore' | 'acceptThenTimeout' | 'malformed' }
  | { kind: 'slow'; until: Promise<unknown> }
  | { kind: 'error'; code: number | string; status: number }

interface Planned {
  method: string
  route: RegExp
  fault: Fault
}

/** The script of faults, matched on method and path (so a channel id in the pattern picks one channel). */
export class Faults {
  readonly #planned: Planned[] = []
  /** `route` is matched against the path after /api/v10. */
  add(method: string, route: RegExp, ...faults: Fault[]): void {
    for (const fault of faults) this.#planned.push({ method, route, fault })
  }
  take(method: string, path: string): Fault | undefined {
    const i = this.#planned.findIndex((p) => p.method === method && p.route.test(path))
    return i < 0 ? undefined : this.#planned.splice(i, 1)[0]?.fault
  }
  get left(): number {
    return this.#planned.length
  }
}
