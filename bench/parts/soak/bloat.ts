import type pg from 'pg'

const MB = 2 ** 20

export interface Sizes {
  /** Megabytes by name, what a table keeps out of line with it. */
  tables: Map<string, number>
  indexes: Map<string, number>
}

/** Whose rows come and go: when all is done they hold next to nothing, whatever went through them. */
const PASSING = `('outbox', 'compactions', 'chores', 'point_log', 'point_pages', 'fold_due',
  'metric_summaries_running')`

/** What the lasting rows take. */
export async function lastingSizes(client: pg.Client): Promise<Sizes> {
  return await readSizes(client, `schemaname = 'public' and relname not in ${PASSING}`)
}

/** What the outbox, the compactions, the point log and pages, summaries of running runs and the queue's own tables take. */
export async function passingSizes(client: pg.Client): Promise<Sizes> {
  return await readSizes(client, `schemaname = 'bullmq' or relname in ${PASSING}`)
}

async function readSizes(client: pg.Client, which: string): Promise<Sizes> {
  const read = async (query: string) => {
    const { rows } = await client.query<{ name: string; size: number }>(query)
    return new Map(rows.map(({ name, size }) => [name, size / MB]))
  }
  return {
    tables: await read(
      `select relname as name, pg_table_size(relid)::float8 as size from pg_stat_user_tables where ${which}`,
    ),
    indexes: await read(
      `select indexrelname as name, pg_relation_size(indexrelid)::float8 as size from pg_stat_user_indexes
       where ${which}`,
    ),
  }
}

export function total(sizes: Map<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/** Writes every table and index afresh, so that only what lives takes room. */
export async function rewriteAll(client: pg.Client): Promise<void> {
  await client.query('vacuum full')
}

/** What took most more than it needs, for people. */
export function worst(before: Map<string, number>, after: Map<string, number>): string {
  return [...before]
    .map(([name, size]) => ({ name, size, fresh: after.get(name) ?? 0 }))
    .toSorted((a, b) => b.size - b.fresh - (a.size - a.fresh))
    .slice(0, 6)
    .map(({ name, size, fresh }) => `${name} ${size.toFixed(1)} instead of ${fresh.toFixed(1)} MB`)
    .join(', ')
}
