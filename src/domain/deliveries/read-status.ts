import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { type TroubledEvents, troubledEvents } from '../outbox.ts'
import { failedSince } from './find.ts'

export interface ChannelStatus extends Pick<ChannelRow, 'platform' | 'channel' | 'name' | 'pause_reason'> {
  paused_at: string | null
  last_post_at: string | null
  /** Messages that are planned for it and not posted yet. */
  waiting: number
}

export interface Status {
  /** Events in the outbox that are not handled yet, with either queue backend. */
  events: {
    waiting: number
    oldest_at: string | null
    /** The events among them that wait because of an error, by topic. */
    troubled: TroubledEvents[]
  }
  messages: { waiting: number; oldest_at: string | null }
  /** Messages of the last 24 h that failed, and the newest one's reason. */
  failed: { count: number; channel: string | null; error: string | null }
  /** Channels with a subscription or schedule, and paused ones: paused ones first, then by their last post. */
  channels: ChannelStatus[]
}

const FAILED_WITHIN_MS = 24 * 3_600_000

/** The state of message delivery: waiting events and messages, since when they wait, and each channel's last post. */
export async function readStatus(ctx: Pick<Ctx, 'db' | 'clock'>, limit: number): Promise<Status> {
  const waiting = await sql<{
    events: number
    event_at: Date | null
    messages: number
    message_at: Date | null
  }>`
    select outbox.events, outbox.event_at, open.messages, open.message_at
    from (select count(*) as events, min(created_at) as event_at from outbox) outbox,
      (select count(*) as messages, min(created_at) as message_at from deliveries
        where status in ('planned', 'sending')) open`.execute(ctx.db)
  const channels = await sql<
    Pick<ChannelRow, 'platform' | 'channel' | 'name' | 'pause_reason' | 'paused_at'> & {
      last_post_at: Date | null
      waiting: number
    }
  >`select channel.platform, channel.channel, channel.name, channel.pause_reason, channel.paused_at,
      (select max(sent_at) from deliveries where channel_id = channel.id and sent_at is not null) as last_post_at,
      (select count(*) from deliveries where channel_id = channel.id and status in ('planned', 'sending')) as waiting
    from channels channel
    where channel.paused_at is not null
      or exists (select from subscriptions where channel_id = channel.id)
      or exists (select from schedules where channel_id = channel.id)
    order by channel.paused_at is null, last_post_at desc nulls last, channel.id limit ${limit}`.execute(
    ctx.db,
  )
  const failed = await failedSince(ctx.db, new Date(ctx.clock.now().getTime() - FAILED_WITHIN_MS))
  const [row] = waiting.rows
  return {
    events: {
      waiting: row?.events ?? 0,
      oldest_at: row?.event_at?.toISOString() ?? null,
      troubled: await troubledEvents(ctx.db),
    },
    messages: { waiting: row?.messages ?? 0, oldest_at: row?.message_at?.toISOString() ?? null },
    failed,
    channels: channels.rows.map(({ paused_at, last_post_at, ...channel }) => ({
      ...channel,
      paused_at: paused_at?.toISOString() ?? null,
      last_post_at: last_post_at?.toISOString() ?? null,
    })),
  }
}
