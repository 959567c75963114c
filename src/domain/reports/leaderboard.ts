import type { Ctx } from '../../context.ts'
import { context, cut, header, link, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Message, RunLine } from '../../messages/model.ts'
import { type Board, leaderboard as readBoard } from '../boards/leaderboard.ts'
import { primaryMetrics } from '../metrics/primary-metrics.ts'
import { boardPicture } from '../pictures/board-picture.ts'
import { quoteWord } from '../query/format.ts'
import { projectUrl } from '../runs/run-url.ts'
import { formatAge, formatValues } from '../text/format.ts'
import { formatInZone } from '../text/zone-time.ts'
import { betterWords } from '../values/better.ts'
import type { Report, ReportInput } from './report.ts'

export const leaderboard: Report = {
  name: 'leaderboard',
  noun: 'leaderboard',
  build: (ctx, input) => leaderboardReport(ctx, input),
}

const ROWS_LIMIT = 10
const PROJECTS_LIMIT = 5

/**
 * The board of each project by its primary metric: the current top ten with values, owners and since when. A week in
 * which nothing finished is one line.
 */
export async function leaderboardReport(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  input: ReportInput,
): Promise<Message> {
  const names = input.project === null ? await watchedProjects(ctx, input.channelId) : [input.project]
  const sections: { name: string; blocks: Block[]; leader: string | undefined }[] = []
  for (const name of names.slice(0, PROJECTS_LIMIT)) sections.push(await section(ctx, name, input))
  const title = input.project === null ? 'Leaderboards' : `Leaderboard of ${cut(input.project, 100)}`
  const when = `${input.late ? 'Late: due' : 'For'} ${formatInZone(input.slot, input.zone)}`
  const blocks: Block[] = [header(title), context(when)]
  if (sections.length === 0)
    blocks.push(paragraph('This channel watches no project yet: /exp watch <project> changes that.'))
  for (const { blocks: own } of sections) blocks.push(...own)
  if (names.length > PROJECTS_LIMIT)
    blocks.push(context(`... ${names.length - PROJECTS_LIMIT} more projects on the page`))
  const leaders = sections.flatMap(({ leader }) => (leader === undefined ? [] : [leader]))
  return message('leaderboard-report', `${title}: ${leaders.join('; ') || 'nothing finished yet'}`, blocks)
}

async function section(ctx: Pick<Ctx, 'db' | 'publicUrl'>, name: string, input: ReportInput) {
  const project = await ctx.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('name', '=', name)
    .executeTakeFirst()
  const url = projectUrl(ctx, name)
  const quiet = (words: string) => ({
    name,
    leader: undefined,
    blocks: [paragraph(link(cut(name, 80), url), `: ${words}`)],
  })
  if (project === undefined) return quiet('no runs yet.')
  const { metrics, chosen } = await primaryMetrics(ctx.db, project.id)
  const [metric] = metrics
  if (metric === undefined)
    return quiet('no metric says yet which way is better; /exp goal <metric> max or min does.')
  const board = await readBoard(ctx, { project, metric, top: ROWS_LIMIT })
  const [first] = board.rows
  if (first === undefined || first.rank === null)
    return quiet(`no finished run with a value of ${metric.name} yet.`)
  const finished = await finishedSince(ctx, project.id, input.previousSlot, input.slot)
  const [value] = formatValues([first.value])
  const leader = `${first.run.ref} ${value}`
  if (finished === 0) {
    return {
      name,
      leader,
      blocks: [
        paragraph(
          link(cut(name, 80), url),
          `: nothing finished since the last report; `,
          link(first.run.ref, first.run.url),
          ` leads with ${metric.name} ${value}.`,
        ),
      ],
    }
  }
  const better = betterWords(board.direction)
  const count = finished === null ? '' : `, ${finished} finished since the last report`
  const goal = text(`/exp goal ${quoteWord(metric.name)} ${metric.direction} in ${quoteWord(name)}`, 'code')
  return {
    name,
    leader,
    blocks: [
      paragraph(link(cut(name, 80), url), text(` by ${metric.name} (${better})${count}`)),
      { type: 'runs', runs: boardLines(board, input.slot) },
      // A report of many projects would be a wall of pictures.
      ...(input.project === null ? [] : [boardPicture(board)].filter((one) => one !== undefined)),
      ...(chosen ? [] : [context(`No primary metric is set for ${cut(name, 60)}; `, goal, ' keeps it.')]),
    ] satisfies Block[],
  }
}

/** A board's rows for people: value, owner, since when. */
export function boardLines(board: Board, now: Date): RunLine[] {
  const values = formatValues(board.rows.map(({ value }) => value))
  return board.rows.map(({ rank, run, ended_at, seeds, comparable }, index) => ({
    ...(rank === null ? {} : { rank }),
    ref: run.ref,
    url: run.url,
    ...(run.name === null ? {} : { name: cut(run.name, 60) }),
    value: rank === null ? 'diverged' : `${values[index]}${board.unit === null ? '' : ` ${board.unit}`}`,
    details: [
      run.owner === null ? 'owner not given' : cut(run.owner, 40),
      ...(ended_at === null ? [] : [formatAge(new Date(ended_at), now)]),
      ...(seeds > 1 ? [`${seeds} seeds`] : []),
      ...(comparable ? [] : ['other data']),
    ],
  }))
}

async function watchedProjects(ctx: Pick<Ctx, 'db'>, channelId: number | null): Promise<string[]> {
  if (channelId === null) return []
  const rows = await ctx.db
    .selectFrom('subscriptions')
    .select('project')
    .where('channel_id', '=', channelId)
    .orderBy('project')
    .execute()
  return rows.map(({ project }) => project)
}

/** Null without a former report: then there is no "since". */
async function finishedSince(
  ctx: Pick<Ctx, 'db'>,
  projectId: number,
  since: Date | null,
  until: Date,
): Promise<number | null> {
  if (since === null) return null
  const { count } = await ctx.db
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .where('status', '=', 'finished')
    .where('invalidated_at', 'is', null)
    .where('ended_at', '>', since)
    .where('ended_at', '<=', until)
    .executeTakeFirstOrThrow()
  return Number(count)
}
