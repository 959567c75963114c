import { sql, type Transaction } from 'kysely'
import type { Database, RunKey } from '../../db/tables.ts'
import { sharedAbout } from '../deliveries/find.ts'
import { refSql } from '../values/ref.ts'

export interface RecordHolder {
  run: string
  value: number
}

/** The changes that followed from making a run invalid, or valid again. */
export interface Consequences {
  /** False when the run's validity and the reason were the same before. */
  changed: boolean
  /** Records that another run holds now, those of primary metrics first. */
  records: { metric: string; before: RecordHolder | null; after: RecordHolder | null }[]
  /** Comparisons with the run that were shared with a channel, newest first. They are edited to show the change. */
  comparisons: { title: string; url: string | null }[]
}

/** Changes a (locked) run's validity, and compares the records before and after the change. */
export async function withConsequences(
  trx: Transaction<Database>,
  key: RunKey,
  change: () => Promise<boolean>,
): Promise<Consequences> {
  const before = await recordsAround(trx, key)
  const changed = await change()
  const after = await recordsAround(trx, key)
  const shared = await sharedAbout(trx, key.runId, 'compare')
  const metrics = [...new Set([...before.keys(), ...after.keys()])]
  return {
    changed,
    records: metrics
      .map((metric) => ({ metric, before: before.get(metric) ?? null, after: after.get(metric) ?? null }))
      .filter((one) => one.before?.run !== one.after?.run),
    comparisons: shared.map(({ message, url }) => ({ title: message.fallback, url })),
  }
}

/** Metric name to its present record, for each metric of a run. */
async function recordsAround(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
): Promise<Map<string, RecordHolder>> {
  const { rows } = await sql<RecordHolder & { metric: string }>`
    select metric.name as metric, ${refSql} as run, holder.value
    from metric_summaries summary
    join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
    join projects project on project.id = summary.project_id
    cross join lateral (select run_id, value from records
      where project_id = summary.project_id and metric_id = summary.metric_id order by id desc limit 1) holder
    join runs run on run.project_id = summary.project_id and run.id = holder.run_id
    where summary.project_id = ${projectId} and summary.run_id = ${runId}::uuid
    order by metric.is_primary desc, metric.name`.execute(trx)
  return new Map(rows.map(({ metric, run, value }) => [metric, { run, value }]))
}
