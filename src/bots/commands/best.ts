import type { Ctx } from '../../context.ts'
import { dataDifferences, dataWords, shortVersion } from '../../domain/datasets/compare-data.ts'
import { findMetric, metricNames, unknownMetric } from '../../domain/metrics/find-metric.ts'
import { type Board, leaderboard } from '../../domain/boards/leaderboard.ts'
import {
  defaultProject,
  findProject,
  type Project,
  projectsWithMetric,
} from '../../domain/projects/resolve-project.ts'
import { recordPicture } from '../../domain/pictures/record-picture.ts'
import { formatTail, quoteWord } from '../../domain/query/format.ts'
import { formatAge, formatValue } from '../../domain/text/format.ts'
import { boardLines } from '../../domain/reports/leaderboard.ts'
import {
  about,
  ask,
  bold,
  buttons,
  context,
  cut,
  facts,
  header,
  link,
  message,
  paragraph,
  text,
  withPictures,
} from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import type { Answer, Asker, Command } from './command.ts'
import { newestNoteLines } from './note-lines.ts'
import { BOARD_OPTIONS } from './options.ts'
import {
  conditionsText,
  dataText,
  noteButton,
  orNotGiven,
  type PlainQuery,
  quoteRef,
  readQuery,
  scopeOf,
  valueText,
  wordAt,
} from './parts.ts'

/** Runners-up that are named even when one row was asked for: a best without a second says little. */
const NAMED = 3
const PROJECTS = 10

export const best: Command = {
  name: 'best',
  summary: 'The best run by a metric',
  usage: 'best <metric> [in <project>] [where lr<0.01 tag:x by:ana since:7d] [top 5]',
  example: 'best accuracy in churn where lr<0.01 since:7d',
  changes: false,
  options: BOARD_OPTIONS,
  run: async (ctx, input) => {
    const query = await readQuery(ctx, best, input, { fewest: 1, most: 1 })
    const name = wordAt(query, 0)
    const projects = await projectsFor(ctx, input.asker, query, name)
    const [project] = projects
    if (project !== undefined && projects.length === 1) return await inProject(ctx, project, name, query)
    return await acrossProjects(ctx, projects, name, query, 'best')
  },
}

/** The project that was said, the channel's or the only one; else every project that has the metric. */
export async function projectsFor(
  ctx: Ctx,
  asker: Asker,
  query: Pick<PlainQuery, 'project'>,
  metric: string,
): Promise<Project[]> {
  const scope = scopeOf(asker)
  if (query.project !== undefined) return [await findProject(ctx, query.project, scope)]
  const usual = await defaultProject(ctx, scope)
  if (usual !== undefined) return [usual]
  const having = await projectsWithMetric(ctx, metric, scope)
  if (having.length === 0)
    throw unknownMetric(metric, await metricNames(ctx, asker.projectId), 'in any project')
  return having
}

async function inProject(ctx: Ctx, project: Project, name: string, query: PlainQuery): Promise<Answer> {
  const metric = await findMetric(ctx, project, name)
  const top = query.top ?? 1
  const [board, drawn] = await Promise.all([
    leaderboard(ctx, { project, metric, clauses: query.clauses, top: Math.max(top, NAMED) }),
    // The line of records is that of all runs, not of those that were asked for.
    query.clauses.length === 0 ? recordPicture(ctx, project.name, metric) : undefined,
  ])
  const [first] = board.rows
  const key =
    first === undefined ? [] : [{ key: { projectId: project.id, runId: first.run.id }, ref: first.run.ref }]
  const said = await newestNoteLines(ctx, key)
  return { message: withPictures(bestMessage(ctx, board, query, top, said), drawn), data: dataOf(board, top) }
}

/** The facts of a board as scripts get them. */
export function dataOf(board: Board, top: number) {
  const { project, metric, direction, aggregate, comparable, ahead } = board
  return { project, metric, direction, aggregate, rows: board.rows.slice(0, top), comparable, ahead }
}

function bestMessage(ctx: Ctx, board: Board, query: PlainQuery, top: number, said: Block[]): Message {
  const { project, metric, rows } = board
  const title = `Best ${metric} in ${project}${conditionsText(query)}`
  const [first, second] = rows
  if (first === undefined) return emptyMessage(title, query)
  const now = ctx.clock.now()
  const shown = rows.slice(0, Math.max(top, NAMED))
  const value = valueText(board, first, shown)
  const blocks: Block[] = [
    header(cut(title, 140)),
    paragraph(
      bold(value),
      '  ',
      link(first.run.ref, first.run.url),
      text(first.run.name === null ? '' : ` ${cut(first.run.name, 60)}`),
    ),
    facts(
      ['Owner', orNotGiven(first.run.owner)],
      ['Commit', first.run.commit === null ? orNotGiven(null) : text(shortVersion(first.run.commit), 'code')],
      ['Data', orNotGiven(dataText(first.data), 200)],
      ['Seeds', String(first.seeds)],
      ['Finished', first.ended_at === null ? 'still running' : formatAge(new Date(first.ended_at), now)],
    ),
  ]
  const [, ...others] = boardLines({ ...board, rows: shown }, now)
  if (others.length > 0) blocks.push({ type: 'runs', runs: others })
  blocks.push(...caveats(board), ...said)
  const show = ask('show', 'Show', `show ${quoteRef(first.run.ref)}`)
  const compare =
    second === undefined
      ? []
      : [
          ask(
            'compare',
            'Compare',
            `compare ${quoteRef(first.run.ref)} ${quoteRef(second.run.ref)}`,
            'primary',
          ),
        ]
  blocks.push(buttons(...compare, show, noteButton(first.run.ref)))
  const told = message(
    'best',
    `${title}: ${value}, ${first.run.ref}`,
    blocks,
    first.rank === null ? 'warning' : 'good',
  )
  return about(told, [first.run.id])
}

/** What a reader has to know before trusting a board: who is ahead while running, data that differ. */
export function caveats(board: Board): Block[] {
  const blocks: Block[] = []
  const { ahead, rows } = board
  if (ahead !== null)
    blocks.push(
      context('A running run is ahead: ', link(ahead.ref, ahead.url), ` ${formatValue(ahead.value)}`),
    )
  const warning = dataWarning(rows)
  if (warning !== undefined) blocks.push(context(warning))
  return blocks
}

/** Which of these runs used other data than the first, and which data that was. */
function dataWarning([first, ...others]: Board['rows']): string | undefined {
  const different = others.filter(({ comparable }) => !comparable)
  const [other] = different
  if (first === undefined || other === undefined) return undefined
  const more = different.length - 1
  const which = more > 0 ? `${other.run.ref} and ${more} more are` : `${other.run.ref} is`
  const words = dataWords(dataDifferences([other.data, first.data]))
  return `${which} not comparable with ${first.run.ref} as they stand: data differs: ${words}`
}

export function emptyMessage(title: string, query: PlainQuery): Message {
  const filtered = query.clauses.length > 0
  const why = filtered ? 'No finished run fits these conditions.' : 'No run has finished yet.'
  return message('empty', `${title}: none`, [header(cut(title, 140)), paragraph(why)])
}

/** Values of different projects are not comparable: one row each. */
export async function acrossProjects(
  ctx: Ctx,
  projects: Project[],
  name: string,
  query: PlainQuery,
  command: string,
): Promise<Answer> {
  const boards: Board[] = []
  const asked = projects.slice(0, PROJECTS)
  for (const project of asked) {
    const metric = await findMetric(ctx, project, name)
    // A project whose metric has no direction has nothing to show; when all are so, the answer asks for the direction.
    if (metric.direction === null && (boards.length > 0 || project !== asked.at(-1))) continue
    boards.push(await leaderboard(ctx, { project, metric, clauses: query.clauses, top: 1 }))
  }
  const now = ctx.clock.now()
  const title = `Best ${name}${conditionsText(query)}, one row per project`
  const lines = boards.flatMap((board) => boardLines(board, now).map(({ rank: _rank, ...line }) => line))
  const first = projects[0]?.name ?? ''
  const blocks: Block[] = [
    header(cut(title, 140)),
    lines.length === 0 ? paragraph('No finished run fits.') : { type: 'runs', runs: lines },
    context(
      'Values of different projects are not comparable. Choose one: ',
      text(`/exp ${command} ${quoteWord(name)} ${formatTail({ ...query, project: first })}`, 'code'),
    ),
  ]
  const projectData = boards.map((board) => dataOf(board, 1))
  const rows = projectData.flatMap((board) => board.rows)
  const data = { project: null, metric: name, direction: null, aggregate: null, rows, projects: projectData }
  return { message: message('best', title, blocks), data }
}
