import { transaction } from '../../src/db/transaction.ts'
import { defineMetric, type MetricDefinition } from '../../src/domain/metrics/define-metric.ts'
import { recordRun } from '../../src/domain/runs/record-runs.ts'
import type { RunInput } from '../../src/domain/runs/types.ts'
import type { TestContext } from './postgres.ts'

type Seeded = Pick<TestContext, 'ctx' | 'advance'>

const TESTER = { name: 'tester', origin: 'test' }

/** Records runs a second apart, finished unless they say otherwise. @returns their refs */
export async function seedRuns({ ctx, advance }: Seeded, ...inputs: RunInput[]): Promise<string[]> {
  const refs: string[] = []
  for (const input of inputs) {
    advance(1_000)
    const run = await transaction(ctx.db, (trx) =>
      recordRun(trx, ctx, TESTER, { status: 'finished', ...input }),
    )
    refs.push(`${input.project}#${run.number}`)
  }
  return refs
}

export async function seedMetric({ ctx }: Pick<Seeded, 'ctx'>, definition: MetricDefinition): Promise<void> {
  await transaction(ctx.db, (trx) => defineMetric(trx, ctx, TESTER, definition))
}
