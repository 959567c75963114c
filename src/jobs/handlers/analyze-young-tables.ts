import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** From here on autovacuum's own rhythm is often enough. */
const MAX_YOUNG_ROWS = 200_000
/** Fewer new rows make no difference to a plan. */
const MIN_NEW_ROWS = 200

// planner-hint: young-tables
/**
 * Analyzes tables that have grown by half since the last time. Autovacuum comes once a minute; until then the first
 * import of a new installation would run with plans for empty tables, and foreign keys would be checked by the smallest
 * index, not the right one.
 */
export async function analyzeYoungTables(ctx: Pick<Ctx, 'db'>): Promise<void> {
  const { rows } = await sql<{ relname: string }>`
    select stat.relname from pg_stat_user_tables stat join pg_class on pg_class.oid = stat.relid
    where stat.schemaname = current_schema() and pg_class.reltuples < ${MAX_YOUNG_ROWS}
      and stat.n_mod_since_analyze > greatest(${MIN_NEW_ROWS}, pg_class.reltuples / 2)
      and pg_has_role(pg_class.relowner, 'USAGE')`.execute(ctx.db)
  for (const { relname } of rows) await sql`analyze (skip_locked) ${sql.table(relname)}`.execute(ctx.db)
}
