import { frontFinding } from '../../charts/alt-text.ts'
import type { MetricRow } from '../../db/tables.ts'
import { cut, picture } from '../../messages/build.ts'
import type { ScatterChart } from '../../messages/chart.ts'
import type { ChartBlock } from '../../messages/model.ts'
import type { ParetoFront } from '../boards/pareto-front.ts'
import { rounding } from './rounded.ts'
import { betterWords } from '../values/better.ts'

/** Two metrics of all finished runs against each other; undefined where there is no run. */
export function frontPicture(
  project: string,
  x: MetricRow,
  y: MetricRow,
  { runs, front, others }: ParetoFront,
): ChartBlock | undefined {
  if (front.length === 0) return undefined
  const all = [...front, ...others]
  const [roundX, roundY] = [
    rounding(
      all.map((run) => run.x),
      false,
    ),
    rounding(
      all.map((run) => run.y),
      false,
    ),
  ]
  const chart: ScatterChart = {
    kind: 'scatter',
    title: `${cut(y.name, 30)} against ${cut(x.name, 30)} in ${cut(project, 30)}`,
    subtitle: `${front.length} of ${runs.toLocaleString('en-US')} finished runs: no other is better in both`,
    xLabel: labelOf(x),
    yLabel: labelOf(y),
    others: { x: others.map((run) => roundX(run.x)), y: others.map((run) => roundY(run.y)) },
    front: front.map((run) => ({ label: cut(run.ref, 40), x: roundX(run.x), y: roundY(run.y) })),
    // What a run reaches holds for all that is worse in x.
    steps: x.direction === 'max' ? 'after' : 'before',
  }
  const plain = {
    ...chart,
    xLabel: x.name,
    yLabel: y.name,
    front: front.map((run) => ({ ...run, label: run.ref })),
  }
  return picture(chart, frontFinding(plain, runs))
}

function labelOf({ name, unit, direction }: MetricRow): string {
  const better = betterWords(direction ?? 'min')
  return `${cut(name, 40)}${unit === null ? '' : ` in ${cut(unit, 15)}`} (${better})`
}
