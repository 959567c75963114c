import type { Ctx } from '../../context.ts'
import type { ChartBlock } from '../../messages/model.ts'
import { primaryMetrics } from '../metrics/primary-metrics.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../runs/types.ts'
import { curvesPicture } from './curves-picture.ts'

/** More pictures than that push everything else out of sight. */
const CURVES = 2

/** The curves of what a run is about: the primary metrics, then those whose better way is known. */
export async function runPictures(ctx: Ctx, key: RunKey, run: RunView): Promise<(ChartBlock | undefined)[]> {
  const names = await byWeight(ctx, key.projectId, [run])
  return await Promise.all(
    names.slice(0, CURVES).map((metric) => curvesPicture(ctx, { metric, runs: [{ key, run }] })),
  )
}

/** The curves of several runs on top of each other, by the metric that they have in common and are about. */
export async function comparisonPicture(
  ctx: Ctx,
  runs: { key: RunKey; run: RunView }[],
): Promise<ChartBlock | undefined> {
  const [first] = runs
  if (first === undefined) return undefined
  const views = runs.map(({ run }) => run)
  const names = await byWeight(ctx, first.key.projectId, views)
  const shared = names.find((name) => views.filter((run) => hasCurve(run, name)).length > 1)
  return shared === undefined ? undefined : await curvesPicture(ctx, { metric: shared, runs })
}

function hasCurve(run: RunView, metric: string): boolean {
  return (run.metrics[metric]?.points ?? 0) > 1
}

/** The metrics with curves: primary ones first, then the ones that more of the runs have, then those with a direction. */
async function byWeight(ctx: Ctx, projectId: number, runs: RunView[]): Promise<string[]> {
  const primary = (await primaryMetrics(ctx.db, projectId)).metrics.map(({ name }) => name)
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].filter((name) =>
    runs.some((run) => hasCurve(run, name)),
  )
  const weight = (name: string): number => {
    const place = primary.indexOf(name)
    const having = runs.filter((run) => hasCurve(run, name)).length
    const directed = runs.some((run) => run.metrics[name]?.direction != null)
    return (place === -1 ? 0 : 1_000 - place) + having * 10 + (directed ? 1 : 0)
  }
  return names.toSorted((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1))
}
