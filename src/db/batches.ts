/** Postgres takes 65,535 parameters in a statement; rows beyond that go in several. */
const ROWS = 2_000

/** Runs `insert` over slices of the rows, in order. */
export async function inBatches<T>(rows: T[], insert: (slice: T[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS) await insert(rows.slice(from, from + ROWS))
}
