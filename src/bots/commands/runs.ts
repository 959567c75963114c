import { defaultProject, findProject } from '../../domain/projects/resolve-project.ts'
import { findRuns } from '../../domain/runs/read/list-runs.ts'
import { readRuns } from '../../domain/runs/read/read-run.ts'
import { projectUrl } from '../../domain/runs/run-url.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { formatAge } from '../../domain/text/format.ts'
import { cut, header, message, paragraph } from '../../messages/build.ts'
import type { Block, RunLine } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { PROJECT } from './options.ts'
import { conditionsText, readQuery, scopeOf } from './parts.ts'
import { metricText } from './show.ts'

const ROWS = 10
const SHOWN = 25

export const runs: Command = {
  name: 'runs',
  summary: 'Runs by conditions, newest first',
  usage: 'runs [in <project>] [lr<0.01 tag:ablation by:ana status:failed since:7d] [top 10]',
  example: 'runs in churn status:failed since:7d',
  changes: false,
  options: [
    {
      name: 'filter',
      description: 'Conditions: lr<0.01 tag:ablation by:ana status:failed since:7d',
      kind: 'filter',
      as: 'raw',
    },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = await readQuery(ctx, runs, input, { fewest: 0, most: 0 })
    const scope = scopeOf(input.asker)
    const project =
      query.project === undefined
        ? await defaultProject(ctx, scope)
        : await findProject(ctx, query.project, scope)
    const top = query.top ?? ROWS
    const keys = await findRuns(ctx, {
      clauses: query.clauses,
      limit: top + 1,
      ...(project === undefined ? {} : { projectId: project.id }),
    })
    const items = await readRuns(ctx, keys.slice(0, top))
    const where = project === undefined ? '' : ` in ${project.name}`
    const title = `${items.length === 0 ? 'No runs' : items.length === 1 ? '1 run' : `${items.length} runs`}${where}${conditionsText(query)}`
    const url = project === undefined ? ctx.publicUrl : projectUrl(ctx, project.name)
    const hidden = Math.max(0, items.length - SHOWN)
    const blocks: Block[] = [header(cut(title, 140))]
    if (items.length === 0)
      blocks.push(
        paragraph(query.clauses.length > 0 ? 'No run fits these conditions.' : 'Nothing was logged yet.'),
      )
    else {
      const lines = items.slice(0, SHOWN).map((run) => runLine(run, ctx.clock.now()))
      blocks.push({ type: 'runs', runs: lines, ...(hidden > 0 ? { more: { count: hidden, url } } : {}) })
      if (keys.length > top && hidden === 0)
        blocks.push(paragraph('There are more; top 50 shows more of them.'))
    }
    const kind = items.length === 0 ? 'empty' : 'runs'
    return { message: message(kind, title, blocks), data: { project: project?.name ?? null, runs: items } }
  },
}

/** A run in a list: status in words, its first ranked metric, owner, age. */
export function runLine(run: RunView, now: Date): RunLine {
  const [metric] = Object.entries(run.metrics).filter(([, view]) => view.direction !== null)
  return {
    ref: run.ref,
    url: run.url,
    ...(run.name === null ? {} : { name: cut(run.name, 60) }),
    ...(metric === undefined ? {} : { value: `${cut(metric[0], 40)} ${metricText(metric[1])}` }),
    details: [
      run.invalid === null ? run.status : `${run.status}, invalid`,
      run.owner === null ? 'owner not given' : cut(run.owner, 40),
      formatAge(new Date(run.started_at), now),
    ],
  }
}
