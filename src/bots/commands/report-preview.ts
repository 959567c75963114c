import { leaderboardReport } from '../../domain/reports/leaderboard.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { invalid } from '../../errors.ts'
import type { Command } from './command.ts'
import { PROJECT } from './options.ts'
import { addressOf, readWords, scopeOf, wordAt } from './parts.ts'

export const reportPreview: Command = {
  name: 'report preview',
  summary: 'The scheduled report as it would look now, for you alone',
  usage: 'report preview [leaderboard] [in <project>]',
  example: 'report preview leaderboard in churn',
  changes: false,
  options: [
    { name: 'what', description: 'Which report', kind: 'choice', choices: ['leaderboard'], as: 'word' },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, reportPreview, input, { fewest: 0, most: 1 })
    const what = wordAt(query, 0) || 'leaderboard'
    if (what.toLowerCase() !== 'leaderboard') {
      throw invalid('what', `There is no report called '${what}'; leaderboard is one.`, {
        token: what,
        suggestions: ['leaderboard'],
      })
    }
    const scope = scopeOf(input.asker)
    const restricted = scope.projectId === undefined ? undefined : await onlyProject(ctx, scope.projectId)
    const project =
      query.project === undefined ? (restricted ?? null) : (await findProject(ctx, query.project, scope)).name
    const address = addressOf(input.asker)
    const channel = await ctx.db
      .selectFrom('channels')
      .select('id')
      .where('platform', '=', address.platform)
      .where('workspace', '=', address.workspace)
      .where('channel', '=', address.channel)
      .executeTakeFirst()
    const message = await leaderboardReport(ctx, {
      project,
      channelId: channel?.id ?? null,
      zone: 'UTC',
      slot: ctx.clock.now(),
      previousSlot: null,
      late: false,
    })
    return { message, data: { project } }
  },
}

async function onlyProject(ctx: Parameters<Command['run']>[0], id: number): Promise<string | undefined> {
  return (await ctx.db.selectFrom('projects').select('name').where('id', '=', id).executeTakeFirst())?.name
}
