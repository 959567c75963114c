import { applicationName } from '../config.ts'
import { sql } from 'kysely'
import pg from 'pg'
import type { Ctx } from '../context.ts'
import { messageOf } from '../errors.ts'
import { unparkEvents } from '../domain/outbox.ts'
import { OUTBOX_CHANNEL } from '../events.ts'
import { knownTopics } from './handlers/handle-event.ts'
import type { JobQueue } from './queues.ts'

const MAX_EVENTS_AT_ONCE = 200
/** How long a worker has for an event; each further attempt has that much longer. */
const LEASE_S = 10
const POLL_EVERY_MS = 2_000
const RECONNECT_AFTER_MS = 1_000

/**
 * Leases outbox rows and adds a job for each. Two relays never lease the same row, and a row stays until its handler
 * deletes it: an event whose job the queue forgot is handed over again when its lease ends.
 * @returns how many events were handed over
 */
export async function relayOutbox(ctx: Ctx, queue: JobQueue, leaseS = LEASE_S): Promise<number> {
  const now = ctx.clock.now()
  // planner-hint: array-read-once
  // An array is read once. "In (select ...)" may be read anew for each row, which leases the whole outbox in seconds.
  const { rows } = await sql<{ id: number }>`
    update outbox set attempts = attempts + 1,
      lease_until = ${now}::timestamptz + interval '1 second' * ${leaseS} * least(attempts + 1, 20)
    where id = any(array(
      select id from outbox where lease_until is null or lease_until <= ${now}
      order by id limit ${MAX_EVENTS_AT_ONCE} for update skip locked))
    returning id`.execute(ctx.db)
  if (rows.length === 0) return 0
  ctx.checkpoint('relay.leased')
  const ids = rows.map((row) => row.id).toSorted((a, b) => a - b)
  try {
    await queue.addEvents(ids)
  } catch (error) {
    await sql`update outbox set lease_until = null where id = any(${ids}::bigint[])`.execute(ctx.db)
    throw error
  }
  ctx.checkpoint('relay.handed-over')
  return ids.length
}

/** How many events wait in the outbox. */
export async function countOutbox({ db }: Pick<Ctx, 'db'>): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`select count(*) as waiting from outbox`.execute(db)
  return rows[0]?.waiting ?? 0
}

export interface Relay {
  stop(): Promise<void>
}

/**
 * Relays on every commit that wrote an event (LISTEN), and every two seconds the events that no notification came for,
 * those too that an older release parked and this one knows.
 */
export function startRelay(ctx: Ctx, queue: JobQueue, databaseUrl: string, leaseS?: number): Relay {
  const state: State = { stopped: false, wanted: false, polled: true, running: undefined }
  const wake = () => {
    state.wanted = true
    state.running ??= work(ctx, queue, state, leaseS).finally(() => {
      state.running = undefined
    })
  }
  const listener = listen(databaseUrl, wake, ctx)
  const poll = () => {
    state.polled = true
    wake()
  }
  const timer = setInterval(poll, POLL_EVERY_MS)
  wake()
  return {
    stop: async () => {
      state.stopped = true
      clearInterval(timer)
      await listener.stop()
      await state.running
    },
  }
}

interface State {
  stopped: boolean
  wanted: boolean
  /** The poll's time has come: parked events are looked at too. */
  polled: boolean
  running: Promise<void> | undefined
}

async function work(ctx: Ctx, queue: JobQueue, state: State, leaseS: number | undefined): Promise<void> {
  while (state.wanted && !state.stopped) {
    state.wanted = false
    try {
      if (state.polled) await unparkEvents(ctx, knownTopics())
      state.polled = false
      if ((await relayOutbox(ctx, queue, leaseS)) === MAX_EVENTS_AT_ONCE) state.wanted = true
    } catch (error) {
      ctx.log.warn(
        { error: messageOf(error) },
        'events wait in the outbox: the queue or the database is away',
      )
      return
    }
  }
}

function listen(databaseUrl: string, wake: () => void, ctx: Ctx): { stop(): Promise<void> } {
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const again = () => {
    if (stopped || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void connect()
    }, RECONNECT_AFTER_MS)
  }
  const connect = async () => {
    const fresh = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      application_name: applicationName('relay'),
    })
    client = fresh
    fresh.on('error', (error) => {
      ctx.log.debug({ error: error.message }, 'the relay lost its connection')
      again()
    })
    fresh.on('end', again)
    fresh.on('notification', wake)
    try {
      await fresh.connect()
      await fresh.query(`listen ${OUTBOX_CHANNEL}`)
      wake()
    } catch {
      await fresh.end().catch(() => {})
      again()
    }
  }
  void connect()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
