import type { ScheduleRow } from '../../db/tables.ts'
import { REPORTS } from '../../domain/reports/index.ts'
import { listed } from '../../domain/text/listed.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { listSchedules, scheduleReport } from '../../domain/schedules/schedule-report.ts'
import { describeSchedule, parseWhen } from '../../domain/schedules/slots.ts'
import { formatInZone } from '../../domain/text/zone-time.ts'
import { bold, context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Message } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { namedReport, REPORT_NAMES, reportOption } from './named-report.ts'
import { PROJECT } from './options.ts'
import { actorOf, channelKeyOf, readWords, scopeOf } from './parts.ts'
import { requireMembership } from './watch.ts'

export const schedule: Command = {
  name: 'schedule',
  listedBy: 'schedules',
  summary: `Post ${listed(REPORTS.map(({ noun }) => `the ${noun}`))} here again and again; alone: what is scheduled`,
  usage: `schedule ${REPORT_NAMES.join('|')} [in <project>] mon 09:00 [Europe/Berlin]`,
  example: `schedule ${REPORTS[0].name} in churn mon 09:00 Europe/Berlin`,
  changes: true,
  options: [
    reportOption('list'),
    {
      name: 'when',
      description: 'mon 09:00, mon,thu 09:00, weekdays 18:30, daily 07:00',
      kind: 'text',
      as: 'raw',
    },
    { name: 'zone', description: 'Europe/Berlin; UTC unless said', kind: 'text', as: 'word' },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, schedule, input, { fewest: 0, most: 5 })
    const address = channelKeyOf(input.asker)
    const [what, ...words] = query.words.map((word) => word.text)
    if (what === undefined) {
      const schedules = await listSchedules(ctx, address)
      return { message: listMessage(schedules), data: { schedules: schedules.map(shown) } }
    }
    const report = namedReport(what)
    const when = parseWhen(words.join(' '))
    const project =
      query.project === undefined ? null : (await findProject(ctx, query.project, scopeOf(input.asker))).name
    await requireMembership(input.asker)
    const { id, nextSlot } = await scheduleReport(ctx, actorOf(input.asker), address, {
      report: report.name,
      project,
      when,
      by: input.asker.userId,
    })
    const about = project === null ? 'every project that this channel watches' : project
    const line = `The ${report.noun} of ${about} comes here ${describeSchedule(when)}.`
    const blocks = [
      paragraph(line),
      paragraph('First: ', bold(formatInZone(nextSlot, when.zone))),
      context('Stop it with ', text(`/exp unschedule ${id}`, 'code')),
    ]
    return {
      message: message('schedule', line, blocks, 'good'),
      data: { id, next: nextSlot.toISOString(), ...when, project },
    }
  },
}

function shown(row: ScheduleRow) {
  return {
    id: row.id,
    report: row.report,
    project: row.project,
    days: row.days,
    time: row.at_time,
    zone: row.zone,
    next: row.next_slot.toISOString(),
  }
}

function listMessage(schedules: ScheduleRow[]): Message {
  if (schedules.length === 0) {
    const line = 'Nothing is scheduled in this channel.'
    return message('schedules', line, [paragraph(line, ' Try ', text(`/exp ${schedule.example}`, 'code'))])
  }
  const title =
    schedules.length === 1 ? '1 report is scheduled here' : `${schedules.length} reports are scheduled here`
  const lines = schedules.map((row) =>
    paragraph(
      bold(`${row.id} `),
      `${row.report} of ${row.project === null ? 'the watched projects' : cut(row.project, 80)}, `,
      `${describeSchedule({ days: row.days, time: row.at_time, zone: row.zone })}; next ${formatInZone(row.next_slot, row.zone)}`,
    ),
  )
  return message('schedules', title, [header(title), ...lines.slice(0, 20)])
}
