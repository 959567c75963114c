import type { Ctx } from '../../context.ts'
import type { MetricRow, RunKey } from '../../db/tables.ts'
import { findMetric, metricNames, unknownMetric } from '../../domain/metrics/find-metric.ts'
import { leaderboard } from '../../domain/boards/leaderboard.ts'
import type { Project } from '../../domain/projects/resolve-project.ts'
import { quoteWord } from '../../domain/query/format.ts'
import { parseRunRef } from '../../domain/query/run-ref.ts'
import { findNamedRuns } from '../../domain/runs/read/find-named-runs.ts'
import { readRuns } from '../../domain/runs/read/read-run.ts'
import { foldRuns } from '../../domain/runs/status/fold-runs.ts'
import { CURVES } from '../../domain/pictures/curves-picture.ts'
import { invalid } from '../../errors.ts'
import { ask, buttons, header, message, paragraph } from '../../messages/build.ts'
import { emptyMessage, projectsFor } from './best.ts'
import type { Answer, Asker, Command } from './command.ts'
import { METRIC, PROJECT } from './options.ts'
import { type PlainQuery, readQuery, scopeOf, wordAt } from './parts.ts'
import { curvesAnswer, type Curve } from './plot-curves.ts'
import { frontAnswer } from './plot-front.ts'

/** A metric, a second metric or runs, and a word for the axis. */
const WORDS = 22

export const plot: Command = {
  name: 'plot',
  summary: 'Curves of runs by a metric, or two metrics of all runs against each other',
  usage: 'plot <metric> [<run> ... | <other metric>] [log] [in <project>] [lr<0.01 tag:x by:ana] [top 5]',
  example: 'plot accuracy churn#141 churn#142',
  changes: false,
  options: [
    METRIC,
    { name: 'against', description: 'Another metric: both of all runs', kind: 'metric', as: 'word' },
    { name: 'runs', description: 'Which runs: churn#141 churn#142; none: the best', kind: 'text', as: 'raw' },
    { name: 'scale', description: 'The axis of the values', kind: 'choice', choices: ['log'], as: 'raw' },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = await readQuery(ctx, plot, input, { fewest: 1, most: WORDS })
    const { rest, log } = readRest(query)
    const refs = rest.filter((word) => parseRunRef(word) !== undefined)
    if (rest.length > 0 && refs.length === rest.length)
      return await ofRuns(ctx, input.asker, wordAt(query, 0), refs, log)
    const project = await oneProject(ctx, input.asker, query)
    const metric = await findMetric(ctx, project, wordAt(query, 0))
    const [other] = rest
    if (other === undefined) return await ofBoard(ctx, project, metric, query, log)
    // A word that names neither is most likely a metric that was mistyped.
    const x = await findMetric(ctx, project, rest.find((word) => !refs.includes(word)) ?? other)
    if (rest.length > 1) throw twoWays(rest)
    return await frontAnswer(ctx, { project, x, y: metric, clauses: query.clauses })
  },
}

/** What follows the metric; the word `log` may stand anywhere among it. */
function readRest({ words }: PlainQuery): { rest: string[]; log: boolean } {
  const after = words.slice(1).map(({ text }) => text)
  const rest = after.filter((word) => word.toLowerCase() !== 'log')
  return { rest, log: rest.length < after.length }
}

function twoWays(rest: string[]): Error {
  return invalid(
    'q',
    'Either runs or one other metric follow the first: plot accuracy churn#1 churn#2, or plot accuracy latency_ms.',
    { value: rest.join(' '), allowed: plot.usage, token: rest[0] ?? '', suggestions: [] },
  )
}

/** @throws AppError invalid where several projects have the metric: their values are not comparable */
async function oneProject(ctx: Ctx, asker: Asker, query: PlainQuery): Promise<Project> {
  const name = wordAt(query, 0)
  const [project, ...others] = await projectsFor(ctx, asker, query, name)
  if (project !== undefined && others.length === 0) return project
  const names = [project, ...others].flatMap((one) => (one === undefined ? [] : [one.name]))
  throw invalid(
    'project',
    `Which project? ${names.slice(0, 5).join(', ')} have ${name}: plot ${name} in ...`,
    {
      allowed: names.slice(0, 20).join(', '),
      suggestions: [],
    },
  )
}

/** The curves of runs that were named; they may be of several projects. */
async function ofRuns(ctx: Ctx, asker: Asker, metric: string, refs: string[], log: boolean): Promise<Answer> {
  const keys = await findNamedRuns(ctx, refs, scopeOf(asker))
  const curves = await readCurves(ctx, keys)
  const having = curves.filter(({ run }) => run.metrics[metric] !== undefined)
  if (having.length > 0) return await curvesAnswer(ctx, { metric, curves, log })
  const [first] = keys
  throw unknownMetric(metric, await metricNames(ctx, first?.projectId), 'in these runs')
}

/** The curves of a project's best runs. */
async function ofBoard(
  ctx: Ctx,
  project: Project,
  metric: MetricRow,
  query: PlainQuery,
  log: boolean,
): Promise<Answer> {
  const top = Math.min(query.top ?? CURVES, CURVES)
  const { rows } = await leaderboard(ctx, { project, metric, clauses: query.clauses, top })
  const title = `${metric.name} in ${project.name}`
  if (rows.length === 0)
    return { message: emptyMessage(title, query), data: { metric: metric.name, runs: [] } }
  const keys = rows.map(({ run }): RunKey => ({ projectId: project.id, runId: run.id }))
  const curves = await readCurves(ctx, keys)
  if (curves.some(({ run }) => (run.metrics[metric.name]?.points ?? 0) > 1))
    return await curvesAnswer(ctx, {
      metric: metric.name,
      curves,
      log,
      title: `Best ${curves.length}: ${title}`,
    })
  const board = `leaderboard ${quoteWord(metric.name)} in ${quoteWord(project.name)}`
  const blocks = [
    header(title),
    paragraph('These runs logged one value each: there is no curve to draw.'),
    buttons(ask('board', 'Leaderboard', board, 'primary')),
  ]
  return {
    message: message('plot', `${title}: one value each`, blocks),
    data: { metric: metric.name, runs: [] },
  }
}

async function readCurves(ctx: Ctx, keys: RunKey[]): Promise<Curve[]> {
  await foldRuns(ctx, keys)
  const runs = await readRuns(ctx, keys)
  return runs.flatMap((run) => {
    const key = keys.find(({ runId }) => runId === run.id)
    return key === undefined ? [] : [{ key, run }]
  })
}
