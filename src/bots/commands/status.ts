import { type ChannelStatus, readStatus, type Status } from '../../domain/deliveries/read-status.ts'
import { type LogStatus, readLogStatus } from '../../domain/ingest/backlog.ts'
import { formatAge, formatDuration } from '../../domain/text/format.ts'
import { requireAdmin } from '../../domain/people/admins.ts'
import { AppError } from '../../errors.ts'
import { context, cut, facts, header, message, text } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { claimantOf, readWords } from './parts.ts'

const SHOWN = 20
/** From this age on the oldest point that waits is worth a line. */
const LATE_POINTS_S = 5

export const status: Command = {
  name: 'status',
  summary: 'Whether messages get through: what waits, since when, last post of each channel, paused ones',
  usage: 'status',
  example: 'status',
  setup: true,
  changes: false,
  options: [],
  run: async (ctx, input) => {
    readWords(ctx, status, input, { fewest: 0, most: 0 })
    if (input.asker.projectId !== undefined)
      throw new AppError('forbidden', 'A token that is restricted to a project does not see the channels.')
    // Names of private channels, of other platforms too, are not everybody's.
    await requireAdmin(ctx, claimantOf(input.asker), 'see how each channel does')
    const [found, points] = await Promise.all([readStatus(ctx, SHOWN), readLogStatus(ctx)])
    return { message: statusMessage(found, points, ctx.clock.now()), data: { ...found, points } }
  },
}

function statusMessage(
  { events, messages, failed, channels }: Status,
  points: LogStatus,
  now: Date,
): Message {
  const paused = channels.filter(({ paused_at }) => paused_at !== null).length
  const title = [
    paused === 0 ? undefined : `${paused === 1 ? '1 channel is' : `${paused} channels are`} paused`,
    events.waiting + messages.waiting === 0
      ? 'nothing waits'
      : `${events.waiting + messages.waiting} waiting`,
  ]
    .filter((part) => part !== undefined)
    .join(', ')
  const heading = title.charAt(0).toUpperCase() + title.slice(1)
  const blocks: Block[] = [
    header(heading),
    facts(
      ['Events', waitingText(events, now)],
      ['Messages', waitingText(messages, now)],
      ...pointFacts(points),
      ...troubleFacts(events),
      ...failedFact(failed),
    ),
    ...(channels.length === 0
      ? [context('No channel hears of anything yet: ', text('/exp watch <project>', 'code'), '.')]
      : [channelTable(channels, now)]),
    ...(paused === 0
      ? []
      : [context('A paused channel goes on with ', text('/exp watch <project>', 'code'), ' typed in it.')]),
  ]
  return message('status', heading, blocks, paused === 0 ? 'neutral' : 'warning')
}

/** Points wait a quarter of a second at most, unless the workers do not keep up or are away. */
function pointFacts({ rows, oldest_seconds, parked }: LogStatus): [string, string][] {
  const late = oldest_seconds >= LATE_POINTS_S
  return [
    ...(late
      ? [
          pair(
            'Points',
            `${rows} requests wait to be folded, the oldest for ${formatDuration(oldest_seconds * 1_000)}`,
          ),
        ]
      : []),
    ...(parked === undefined
      ? []
      : [pair('Points set aside', `${parked.rows} requests: ${cut(parked.error, 200)}`)]),
  ]
}

const pair = (name: string, value: string): [string, string] => [name, value]

function waitingText({ waiting, oldest_at }: Status['messages'], now: Date): string {
  if (oldest_at === null) return 'none waits'
  return `${waiting} waiting, the oldest for ${formatDuration(now.getTime() - Date.parse(oldest_at))}`
}

function troubleFacts({ troubled }: Status['events']): [string, string][] {
  return troubled.map(({ topic, parked, count, error }) => [
    `Events ${topic}`,
    `${count} ${parked ? 'parked' : 'failing'}: ${cut(error, 200)}`,
  ])
}

function failedFact({ count, channel, error }: Status['failed']): [string, string][] {
  if (count === 0) return []
  const last = `the last one to ${cut(channel ?? '', 60)}: ${cut(error ?? 'unknown', 200)}`
  return [['Not posted', `${count} in 24 h, ${last}`]]
}

function channelTable(channels: ChannelStatus[], now: Date): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Channel', align: 'left' },
      { title: 'Last post', align: 'left' },
      { title: 'State', align: 'left' },
    ],
    rows: channels.map((channel) => [
      { text: cut(`${channel.platform} ${channel.name ?? channel.channel}`, 60) },
      { text: channel.last_post_at === null ? 'none yet' : formatAge(new Date(channel.last_post_at), now) },
      { text: cut(stateOf(channel), 120) },
    ]),
  }
}

function stateOf({ paused_at, pause_reason, waiting }: ChannelStatus): string {
  if (paused_at !== null) return `paused: ${pause_reason ?? 'refused'}`
  return waiting === 0 ? 'ok' : `${waiting} waiting`
}
