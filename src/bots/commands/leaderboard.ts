import type { Ctx } from '../../context.ts'
import { findMetric } from '../../domain/metrics/find-metric.ts'
import { type Board, leaderboard as readBoard } from '../../domain/boards/leaderboard.ts'
import { newestNotes } from '../../domain/notes/newest-notes.ts'
import { boardPicture } from '../../domain/pictures/board-picture.ts'
import { boardLines } from '../../domain/reports/leaderboard.ts'
import { projectUrl } from '../../domain/runs/run-url.ts'
import { buttons, context, cut, header, message, withPictures } from '../../messages/build.ts'
import type { RunLine } from '../../messages/model.ts'
import { acrossProjects, caveats, dataOf, emptyMessage, projectsFor } from './best.ts'
import type { Command } from './command.ts'
import { BOARD_OPTIONS } from './options.ts'
import { conditionsText, readQuery, valueText, wordAt } from './parts.ts'
import { betterWords } from '../../domain/values/better.ts'

const ROWS = 10
/** People do not read longer chat messages; the page and the data have all rows. */
const SHOWN = 25

export const leaderboard: Command = {
  name: 'leaderboard',
  summary: 'The runs of a project in the order of a metric',
  usage: 'leaderboard <metric> [in <project>] [where lr<0.01 tag:x by:ana since:7d] [top 10]',
  example: 'leaderboard accuracy in churn top 10',
  changes: false,
  options: BOARD_OPTIONS,
  run: async (ctx, input) => {
    const query = await readQuery(ctx, leaderboard, input, { fewest: 1, most: 1 })
    const projects = await projectsFor(ctx, input.asker, query, wordAt(query, 0))
    const [project] = projects
    if (project === undefined || projects.length > 1)
      return await acrossProjects(ctx, projects, wordAt(query, 0), query, 'leaderboard')
    const metric = await findMetric(ctx, project, wordAt(query, 0))
    const top = query.top ?? ROWS
    const board = await readBoard(ctx, { project, metric, clauses: query.clauses, top })
    const title = `${metric.name} in ${project.name}${conditionsText(query)}`
    const [first] = board.rows
    if (first === undefined) return { message: emptyMessage(title, query), data: dataOf(board, top) }
    const url = projectUrl(ctx, project.name)
    const lines = await withNoteCounts(ctx, project.id, board, boardLines(board, ctx.clock.now()))
    const hidden = lines.length - SHOWN
    const better = betterWords(board.direction)
    const blocks = [
      header(cut(`Leaderboard: ${title}`, 140)),
      context(`${board.aggregate} value of each run, ${better}`),
      {
        type: 'runs' as const,
        runs: lines.slice(0, SHOWN),
        ...(hidden > 0 ? { more: { count: hidden, url } } : {}),
      },
      ...caveats(board),
      buttons({
        id: 'board',
        label: 'Open board',
        action: { do: 'open', url: `${url}?metric=${encodeURIComponent(metric.name)}` },
      }),
    ]
    const told = `${title}: ${valueText(board, first, board.rows)}, ${first.run.ref} leads ${board.rows.length === 1 ? 'alone' : `${board.rows.length} runs`}`
    const answer = message('leaderboard', told, blocks)
    return { message: withPictures(answer, boardPicture(board)), data: dataOf(board, top) }
  },
}

/** Links to more than a row shows. */
async function withNoteCounts(
  ctx: Ctx,
  projectId: number,
  { rows }: Board,
  lines: RunLine[],
): Promise<RunLine[]> {
  const keys = rows.slice(0, SHOWN).map(({ run }) => ({ projectId, runId: run.id }))
  const newest = await newestNotes(ctx, keys)
  return lines.map((line, index) => {
    const { count } = newest.get(rows[index]?.run.id ?? '') ?? { count: 0 }
    return count === 0
      ? line
      : { ...line, details: [...line.details, `${count} ${count === 1 ? 'note' : 'notes'}`] }
  })
}
