import { sql } from 'kysely'
import type { Ctx } from '../../../context.ts'

/** How many runs are running, over all projects. */
export async function countRunning({ db }: Pick<Ctx, 'db'>): Promise<number> {
  const { rows } = await sql<{
    running: number
  }>`select count(*) as running from runs where status = 'running'`.execute(db)
  return rows[0]?.running ?? 0
}
