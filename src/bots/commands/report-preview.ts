import { channelIdOf } from '../../domain/channels/knows-channel.ts'
import { REPORTS } from '../../domain/reports/index.ts'
import { defaultProject, findProject } from '../../domain/projects/resolve-project.ts'
import type { Command } from './command.ts'
import { namedReport, REPORT_NAMES, reportOption } from './named-report.ts'
import { PROJECT } from './options.ts'
import { channelKeyOf, readWords, scopeOf, wordAt } from './parts.ts'

export const reportPreview: Command = {
  name: 'report preview',
  summary: 'The scheduled report as it would look now, for you alone',
  usage: `report preview [${REPORT_NAMES.join('|')}] [in <project>]`,
  example: `report preview ${REPORTS[0].name} in churn`,
  changes: false,
  options: [reportOption(), PROJECT],
  run: async (ctx, input) => {
    const query = readWords(ctx, reportPreview, input, { fewest: 0, most: 1 })
    const report = namedReport(wordAt(query, 0) || REPORTS[0].name)
    const scope = scopeOf(input.asker)
    const restricted = scope.projectId === undefined ? undefined : (await defaultProject(ctx, scope))?.name
    const project =
      query.project === undefined ? (restricted ?? null) : (await findProject(ctx, query.project, scope)).name
    const channelId = await channelIdOf(ctx, channelKeyOf(input.asker))
    const message = await report.build(ctx, {
      project,
      channelId: channelId ?? null,
      zone: 'UTC',
      slot: ctx.clock.now(),
      previousSlot: null,
      late: false,
    })
    return { message, data: { project } }
  },
}
