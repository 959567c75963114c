import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunKey, RunStatus } from '../../../db/tables.ts'
import * as points from '../../../points/index.ts'
import { ensureMetricIds } from '../../metrics/ensure-metrics.ts'

/** Values of a run that come without steps. */
export interface MetricValues {
  key: RunKey
  metrics: Record<string, number>
  /** When they were reached; now where that was not said. */
  at?: Date | undefined
  /** What the run is once the transaction ends. */
  status: RunStatus
}

/** The values as points to store; metrics that are new are defined. Runs without values are left out. */
export async function entriesOf(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: MetricValues[],
): Promise<points.Entry[]> {
  const named = runs.flatMap(({ key: { projectId }, metrics }) =>
    Object.keys(metrics).map((name) => ({ projectId, name })),
  )
  const idOf = await ensureMetricIds(trx, ctx, named)
  const now = ctx.clock.now().getTime()
  return runs.flatMap(({ key, metrics, at, status }) => {
    const filled = points.fillOnce()
    const times = at === undefined ? null : [at.getTime()]
    const series = Object.entries(metrics).map(([name, value]) =>
      points.toSeries(idOf(key.projectId, name), { steps: null, times, values: [value] }, now, filled),
    )
    return series.length === 0 ? [] : [{ key, series, status }]
  })
}
