import { type Run, runAt, type Size } from './shape.ts'

/** What is asked of a project's runs. */
export interface Wanted {
  fits(run: Run, now: number): boolean
  /** By a value, runs without one last, of equal ones the earlier first; or the newest first. */
  order: Order | 'newest'
  top: number
}

export interface Order {
  direction: 'max' | 'min'
  value(run: Run): number | undefined
}

/** A window that moves with the clock loses runs between two questions. */
const SPARE = 20

/**
 * The numbers of the runs that answer each question, in their order: found by looking at every run of the generator,
 * without a database.
 */
export function findAnswers(size: Size, wanted: Wanted[]): ((now: number) => number[])[] {
  const found = wanted.map((): Run[] => [])
  for (let n = 1; n <= size.runs; n++) {
    const run = runAt(n, size)
    for (const [at, question] of wanted.entries()) {
      if (question.fits(run, size.end)) insert(found[at] as Run[], run, question)
    }
  }
  return wanted.map(({ fits, top }, at) => (now) => {
    const still = (found[at] as Run[]).filter((run) => fits(run, now))
    return still.slice(0, top).map(({ n }) => n)
  })
}

function insert(runs: Run[], run: Run, { order, top }: Wanted): void {
  const most = top + SPARE
  const last = runs.at(-1)
  if (runs.length === most && last !== undefined && !before(run, last, order)) return
  const at = runs.findIndex((other) => before(run, other, order))
  runs.splice(at === -1 ? runs.length : at, 0, run)
  if (runs.length > most) runs.pop()
}

function before(run: Run, other: Run, order: Wanted['order']): boolean {
  if (order === 'newest') return run.n > other.n
  const [own, others] = [order.value(run), order.value(other)]
  if (own === others) return run.n < other.n
  if (own === undefined || others === undefined) return others === undefined
  return order.direction === 'max' ? own > others : own < others
}
