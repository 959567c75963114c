import type { Ctx } from '../context.ts'
import { mainMetric, primaryMetrics } from '../domain/metrics/primary-metrics.ts'
import { runPictures } from '../domain/pictures/run-pictures.ts'
import { readRun } from '../domain/runs/read/read-run.ts'
import type { RunKey } from '../db/tables.ts'
import type { RunView } from '../domain/runs/types.ts'
import { formatAge, formatDuration } from '../domain/text/format.ts'
import { about, cut, facts, link, message, paragraph, text } from '../messages/build.ts'
import type { Block, Inline, Message } from '../messages/model.ts'
import { invalidLine } from './commands/note-lines.ts'
import { metricText } from './commands/show.ts'

/** A run in a few lines, for where its address was pasted: state, what it is about, whose it is, how old. */
export async function runCard(ctx: Ctx, key: RunKey): Promise<Message> {
  const run = await readRun(ctx, key)
  const metric = await metricOf(ctx, key.projectId, run)
  const state = stateOf(run, ctx.clock.now())
  const told = metric === undefined ? undefined : run.metrics[metric]
  const value = told === undefined ? 'no metrics yet' : `${cut(metric ?? '', 60)} ${metricText(told)}`
  const title: Inline[] = [
    link(run.ref, run.url),
    text(run.name === null ? '' : ` ${cut(run.name, 80)}`, 'bold'),
  ]
  const [chart] = await runPictures(ctx, key, run)
  const blocks: Block[] = [
    paragraph(...title),
    ...invalidLine(run),
    facts(
      ['State', state],
      ['Best metric', value],
      ['Owner', run.owner === null ? text('not given', 'italic') : cut(run.owner, 60)],
    ),
    ...(chart === undefined ? [] : [chart]),
  ]
  return about(
    message('run-card', `${run.ref}: ${run.invalid === null ? '' : 'invalid, '}${state}, ${value}`, blocks),
    [run.id],
  )
}

/** 'finished 3 h ago, ran 2 h 4 min' */
function stateOf({ status, started_at, ended_at }: RunView, now: Date): string {
  const started = new Date(started_at)
  if (ended_at === null) return `${status} for ${formatDuration(now.getTime() - started.getTime())}`
  const ended = new Date(ended_at)
  const ran = formatDuration(ended.getTime() - started.getTime())
  return `${status} ${formatAge(ended, now)}, ran ${ran}`
}

/** The metric that the run is about; without a direction anywhere the first one. */
async function metricOf(ctx: Pick<Ctx, 'db'>, projectId: number, run: RunView): Promise<string | undefined> {
  const { metrics } = await primaryMetrics(ctx.db, projectId)
  return mainMetric(run, metrics) ?? Object.keys(run.metrics)[0]
}
