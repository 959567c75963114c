import type { Ctx } from '../../context.ts'
import { CURVES, curvesPicture } from '../../domain/pictures/curves-picture.ts'
import type { RunKey } from '../../db/tables.ts'
import type { MetricView, RunView } from '../../domain/runs/types.ts'
import { formatSteps } from '../../domain/text/format.ts'
import {
  about,
  ask,
  buttons,
  context,
  cut,
  header,
  message,
  paragraph,
  withPictures,
} from '../../messages/build.ts'
import type { Block, Button, RunLine } from '../../messages/model.ts'
import type { Answer } from './command.ts'
import { quoteRef } from './parts.ts'
import { metricText } from './show.ts'
import { goodness } from '../../domain/values/better.ts'

export interface Curve {
  key: RunKey
  run: RunView
}

export interface CurvesInput {
  metric: string
  curves: Curve[]
  log: boolean
  title?: string
}

/** Curves on top of each other, the values that they came to as text, and the way to compare the runs. */
export async function curvesAnswer(ctx: Ctx, { metric, curves, log, title }: CurvesInput): Promise<Answer> {
  const drawn = bestFirst(metric, curves).slice(0, CURVES)
  const picture = await curvesPicture(ctx, { metric, runs: drawn, log })
  const refs = drawn.map(({ run }) => run.ref)
  const heading = cut(title ?? `${metric}: ${refs.join(', ')}`, 140)
  const blocks: Block[] = [header(heading)]
  if (picture === undefined)
    blocks.push(paragraph('One value or none in each run: there is no curve to draw.'))
  blocks.push({ type: 'runs', runs: drawn.map(({ run }) => lineOf(run, run.metrics[metric])) })
  const hidden = curves.length - drawn.length
  if (hidden > 0)
    blocks.push(context(`The best ${drawn.length} of ${curves.length} runs: more curves are a tangle.`))
  blocks.push(buttons(...actions(drawn)))
  const told = withPictures(message('plot', picture?.alt ?? heading, blocks), picture)
  return {
    message: about(
      told,
      drawn.map(({ run }) => run.id),
    ),
    data: {
      metric,
      scale: log ? 'log' : 'linear',
      runs: drawn.map(({ run: { id, ref, name, url, metrics } }) => ({
        run: { id, ref, name, url },
        ...pointsOf(metrics[metric]),
      })),
    },
  }
}

/** The runs that have the metric, the best of it first where it is known which way that is. */
function bestFirst(metric: string, curves: Curve[]): Curve[] {
  const valueOf = ({ run }: Curve): number => {
    const { value = null, direction = null } = run.metrics[metric] ?? {}
    if (value === null || direction === null) return Number.NEGATIVE_INFINITY
    return goodness(value, direction)
  }
  const having = curves.filter(({ run }) => run.metrics[metric] !== undefined)
  return having.length <= CURVES ? having : having.toSorted((a, b) => valueOf(b) - valueOf(a))
}

function lineOf(run: RunView, metric: MetricView | undefined): RunLine {
  return {
    ref: run.ref,
    url: run.url,
    ...(run.name === null ? {} : { name: cut(run.name, 60) }),
    ...(metric === undefined ? {} : { value: metricText(metric) }),
    details: [
      run.owner === null ? 'owner not given' : cut(run.owner, 40),
      run.status,
      ...(metric === undefined ? [] : [`${formatSteps(metric.points)} points`]),
    ],
  }
}

function actions(curves: Curve[]): Button[] {
  const [first, ...others] = curves
  if (first === undefined) return []
  const show = ask('show', 'Show', `show ${quoteRef(first.run.ref)}`)
  const refs = curves.map(({ run }) => quoteRef(run.ref)).join(' ')
  return others.length === 0 ? [show] : [ask('compare', 'Compare', `compare ${refs}`, 'primary')]
}

function pointsOf(view: MetricView | undefined) {
  return { value: view?.value ?? null, step: view?.step ?? null, points: view?.points ?? 0 }
}
