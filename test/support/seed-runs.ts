import { transaction } from '../../src/db/transaction.ts'
import { defineMetric, type MetricDefinition } from '../../src/domain/records/define-metric.ts'
import { findRun } from '../../src/domain/runs/read/find-run.ts'
import type { RunInput } from '../../src/domain/runs/types.ts'
import type { TestContext } from './postgres.ts'
import { logPoints, startRun, updateRun } from './write-one.ts'

type Seeded = Pick<TestContext, 'ctx' | 'advance'>

const TESTER = { name: 'tester', origin: 'test' }

/** Records runs a second apart, finished unless they say otherwise. @returns their refs */
export async function seedRuns({ ctx, advance }: Seeded, ...inputs: RunInput[]): Promise<string[]> {
  const refs: string[] = []
  for (const input of inputs) {
    advance(1_000)
    const run = await transaction(ctx.db, (trx) =>
      startRun(trx, ctx, TESTER, { status: 'finished', ...input }),
    )
    refs.push(`${input.project}#${run.number}`)
  }
  return refs
}

export async function seedMetric({ ctx }: Pick<Seeded, 'ctx'>, definition: MetricDefinition): Promise<void> {
  await transaction(ctx.db, (trx) => defineMetric(trx, ctx, TESTER, definition))
}

/** Logs points of a run's metrics as [step, value]; with a status the run gets it afterwards. */
export async function logCurve(
  { ctx }: Pick<Seeded, 'ctx'>,
  ref: string,
  metrics: Record<string, [step: number, value: number][]>,
  status?: 'finished' | 'failed',
): Promise<void> {
  const key = await findRun(ctx, ref)
  const time = ctx.clock.now().getTime()
  const series = Object.entries(metrics).map(([name, points]) => ({
    name,
    values: points.map(([, value]) => value),
    steps: points.map(([step]) => step),
    times: points.map(() => time),
  }))
  await logPoints(ctx, key, series)
  if (status !== undefined) await transaction(ctx.db, (trx) => updateRun(trx, ctx, TESTER, key, { status }))
}
