import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Message } from '../../messages/model.ts'

/** The platform's ids of the users who set up a channel's subscriptions and schedules, each once. */
export async function subscriberIds(ctx: Pick<Ctx, 'db'>, channelId: number): Promise<string[]> {
  const { rows } = await sql<{ created_by: string }>`
    select created_by from subscriptions where channel_id = ${channelId}
    union select created_by from schedules where channel_id = ${channelId}`.execute(ctx.db)
  return rows.map((row) => row.created_by)
}

/** The direct message to those users when the channel is paused. */
export function pausedMessage(channel: ChannelRow, reason: string): Message {
  const name = channel.name ?? channel.channel
  return message(
    'route-paused',
    `Messages to ${name} are paused: ${reason}`,
    [
      header('Messages are paused'),
      paragraph(
        `Five posts in a row to ${cut(name, 80)} were refused (${cut(reason, 200)}). Its planned messages will not be posted.`,
      ),
      context(
        'Invite the bot there again, then type ',
        text('/exp watch', 'code'),
        ' in that channel to resume.',
      ),
    ],
    'bad',
  )
}
