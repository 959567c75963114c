import { defaultProject, findProject } from '../../domain/projects/resolve-project.ts'
import { progressBar } from '../../domain/runs/read/progress.ts'
import { projectUrl } from '../../domain/runs/run-url.ts'
import { type Running, type RunningRun, runningRuns } from '../../domain/runs/read/running-runs.ts'
import { formatDuration, formatSteps, formatValue } from '../../domain/text/format.ts'
import { about, context, cut, header, message, paragraph } from '../../messages/build.ts'
import type { Message, RunLine } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { PROJECT } from './options.ts'
import { readQuery, scopeOf } from './parts.ts'

const ROWS = 10
const SHOWN = 25

export const running: Command = {
  name: 'running',
  summary: 'What is running, the most GPU-hours first: owner, host, progress, last metric, heartbeat',
  usage: 'running [in <project>] [by:ana tag:x since:12h] [top 10]',
  example: 'running in churn',
  changes: false,
  options: [
    { name: 'filter', description: 'Conditions: by:me tag:ablation since:12h', kind: 'filter', as: 'raw' },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = await readQuery(ctx, running, input, { fewest: 0, most: 0 })
    const scope = scopeOf(input.asker)
    const project =
      query.project === undefined
        ? await defaultProject(ctx, scope)
        : await findProject(ctx, query.project, scope)
    const found = await runningRuns(ctx, {
      clauses: query.clauses,
      top: query.top ?? ROWS,
      ...(project === undefined ? {} : { projectId: project.id }),
    })
    const url = project === undefined ? ctx.publicUrl : projectUrl(ctx, project.name)
    const where = project === undefined ? '' : ` in ${project.name}`
    return {
      message: runningMessage(found, { where, url, filtered: query.clauses.length > 0 }),
      data: { project: project?.name ?? null, ...found },
    }
  },
}

function runningMessage(
  { runs, total }: Running,
  { where, url, filtered }: { where: string; url: string; filtered: boolean },
): Message {
  if (total.runs === 0) {
    const told = filtered ? `No running run fits${where}.` : `Nothing is running${where}.`
    return message('empty', told, [paragraph(told)])
  }
  const title = `${total.runs === 1 ? '1 run is' : `${total.runs} runs are`} running${where}`
  const shown = runs.slice(0, SHOWN)
  const hidden = total.runs - shown.length
  const blocks = [
    header(cut(title, 140)),
    context(costWords(total)),
    {
      type: 'runs' as const,
      runs: shown.map(runningLine),
      ...(hidden > 0 ? { more: { count: hidden, url } } : {}),
    },
  ]
  return about(
    message('running', `${title}; ${costWords(total)}`, blocks),
    shown.map(({ run }) => run.id),
  )
}

export function costWords({ gpus, gpu_hours }: Running['total']): string {
  if (gpus === 0) return 'No run said how many GPUs it uses.'
  return `${formatValue(gpus)} GPU${gpus === 1 ? '' : 's'}, ${hours(gpu_hours)} GPU-hours so far`
}

function hours(value: number): string {
  return formatValue(Number(value.toFixed(value < 10 ? 2 : 1)))
}

export function runningLine(one: RunningRun): RunLine {
  const { run, host, elapsed_s, gpu_hours, metric, progress, heartbeat_age_s } = one
  const metricWords =
    metric === null
      ? 'no metric yet'
      : `${cut(metric.name, 40)} ${formatValue(metric.value)}${metric.unit === null ? '' : ` ${metric.unit}`}${metric.step === null ? '' : `, step ${formatSteps(metric.step)}`}`
  return {
    ref: run.ref,
    url: run.url,
    ...(run.name === null ? {} : { name: cut(run.name, 60) }),
    ...(gpu_hours === null ? {} : { value: `${hours(gpu_hours)} GPU-hours` }),
    details: [
      ...(progress === null
        ? []
        : [
            `${progressBar(progress.fraction)} of ${formatValue(progress.total)} ${progress.unit} (${cut(progress.of, 40)})`,
          ]),
      run.owner === null ? 'owner not given' : cut(run.owner, 40),
      host === null ? 'host not given' : cut(host, 40),
      gpuWords(one),
      `running for ${formatDuration(elapsed_s * 1_000)}`,
      metricWords,
      `heard of ${formatDuration(heartbeat_age_s * 1_000)} ago`,
    ],
  }
}

function gpuWords({ gpu, gpus }: RunningRun): string {
  if (gpus === null) return 'GPUs not given'
  if (gpus === 0) return 'no GPU'
  return gpu === null
    ? `${formatValue(gpus)} GPU${gpus === 1 ? '' : 's'}`
    : `${formatValue(gpus)} × ${cut(gpu, 40)}`
}
