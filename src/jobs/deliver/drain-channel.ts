import { type Kysely, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Courier, Step } from './courier.ts'
import { sendEdit } from './send-edit.ts'
import { sendPost } from './send-post.ts'
import { nextDueEdit, nextOpenPost, nextWake } from './queue-of-channel.ts'

/** The advisory lock's class: one drain per channel at a time, released by Postgres when its holder dies. */
const LOCK_CLASS = 7_301

/**
 * Sends whatever is due in one channel, posts in their order first, then edits. Every effect is bracketed by two
 * commits (sending, sent), so that a crash at any point is recognised and settled by the next drain.
 * @returns when to come again; null when nothing is left
 */
export async function drainChannel(courier: Courier, channelId: number): Promise<Date | null> {
  return await courier.ctx.db.connection().execute(async (connection) => {
    for (;;) {
      if (!(await tryLock(connection, channelId))) return null
      let wakeAt: Date | null
      try {
        wakeAt = await drainLocked(courier, channelId)
      } finally {
        await unlock(connection, channelId)
      }
      // Whoever found the lock taken in the meantime has left its work to us.
      const again = await nextWake(courier.ctx, channelId)
      // At the end of the process the work is left to the next one.
      if (courier.stopping.aborted) return again
      if (again === null || again > courier.ctx.clock.now() || wakeAt !== null) return wakeAt ?? again
    }
  })
}

async function drainLocked(courier: Courier, channelId: number): Promise<Date | null> {
  courier.ctx.checkpoint('drain.begun')
  for (;;) {
    if (courier.stopping.aborted) return null
    const step = await sendNext(courier, channelId)
    if (!step.next) return step.wakeAt
  }
}

async function sendNext(courier: Courier, channelId: number): Promise<Step> {
  const { ctx, transports } = courier
  const channel = await ctx.db
    .selectFrom('channels')
    .selectAll()
    .where('id', '=', channelId)
    .executeTakeFirst()
  if (channel === undefined || channel.paused_at !== null) return { next: false, wakeAt: null }
  const transport = transports.get(channel.platform)
  if (transport === undefined) return { next: false, wakeAt: null }
  const now = ctx.clock.now()
  if (channel.next_post_at !== null && channel.next_post_at > now) {
    return { next: false, wakeAt: await earlier(ctx, channelId, channel.next_post_at) }
  }
  const post = await nextOpenPost(ctx, channelId)
  if (post !== undefined) return await sendPost(courier, transport, channel, post)
  const edit = await nextDueEdit(ctx, channelId, now)
  if (edit !== undefined) return await sendEdit(courier, transport, channel, edit)
  return { next: false, wakeAt: await nextWake(ctx, channelId) }
}

/** A held channel is woken when the hold ends, if there is anything to send at all. */
async function earlier(ctx: Ctx, channelId: number, heldUntil: Date): Promise<Date | null> {
  const wake = await nextWake(ctx, channelId)
  if (wake === null) return null
  return wake > heldUntil ? wake : heldUntil
}

async function tryLock(connection: Kysely<Database>, channelId: number): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_lock(${LOCK_CLASS}, ${channelId}) as locked`.execute(connection)
  return rows[0]?.locked === true
}

async function unlock(connection: Kysely<Database>, channelId: number): Promise<void> {
  await sql`select pg_advisory_unlock(${LOCK_CLASS}, ${channelId})`.execute(connection)
}
