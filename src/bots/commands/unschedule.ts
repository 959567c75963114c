import { unschedule as removeSchedule } from '../../domain/schedules/schedule-report.ts'
import { describeSchedule } from '../../domain/schedules/slots.ts'
import { invalid } from '../../errors.ts'
import { message, paragraph } from '../../messages/build.ts'
import type { Command } from './command.ts'
import { actorOf, channelKeyOf, readWords, wordAt } from './parts.ts'

export const unschedule: Command = {
  name: 'unschedule',
  summary: 'Stop a scheduled report of this channel',
  usage: 'unschedule <number>',
  example: 'unschedule 3',
  changes: true,
  options: [
    {
      name: 'number',
      description: 'Its number in the list of /exp schedule',
      kind: 'integer',
      required: true,
      as: 'word',
    },
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, unschedule, input, { fewest: 1, most: 1 })
    const word = wordAt(query, 0)
    const id = Number(word)
    if (!/^\d{1,9}$/.test(word))
      throw invalid('number', `'${word}' is no number of a schedule; /exp schedule lists them.`, {
        token: word,
        suggestions: [],
      })
    const {
      days,
      at_time: time,
      zone,
    } = await removeSchedule(ctx, actorOf(input.asker), channelKeyOf(input.asker), id)
    const told = `Stopped: the report ${describeSchedule({ days, time, zone })}.`
    return { message: message('unschedule', told, [paragraph(told)]), data: { id } }
  },
}
