import type { Transport } from '../bots/transport.ts'
import type { Ctx } from '../context.ts'
import { isReadOnly, LISTEN_LOST, PREPARED_LOST, READ_ONLY, type ServerProblem } from '../db/check-server.ts'
import { pausedChannels } from '../domain/channels/paused-channels.ts'
import { countOpen } from '../domain/deliveries/find.ts'
import { troubledEvents } from '../domain/outbox.ts'
import { countRunning } from '../domain/runs/read/count-running.ts'
import { readLogStatus } from '../domain/ingest/backlog.ts'
import { messageOf } from '../errors.ts'
import type { Check } from '../http/ops.ts'
import type { JobQueue } from '../jobs/queues.ts'
import { countOutbox } from '../jobs/relay.ts'

/**
 * What GET /readyz shows.
 * @param pooler what was found about the way to the database at the start
 */
export async function readChecks(
  ctx: Ctx,
  queue: JobQueue,
  transports: Map<string, Transport>,
  pooler: Promise<ServerProblem | undefined>,
): Promise<Check[]> {
  const check = async (
    name: string,
    fix: string,
    work: () => Promise<ServerProblem | undefined>,
  ): Promise<Check> => {
    try {
      const problem = await work()
      return problem === undefined ? { name, ok: true, detail: 'answers' } : { name, ok: false, ...problem }
    } catch (error) {
      return { name, ok: false, detail: ctx.mask(messageOf(error)), fix }
    }
  }
  const needed = await Promise.all([
    check('database', 'Start PostgreSQL, or look at DATABASE_URL.', () => databaseProblem(ctx, pooler)),
    check('queue', 'Start Redis, or look at REDIS_URL.', () => queue.ping().then(() => undefined)),
  ])
  const chat = [...transports.values()].map(({ platform, health }) => ({ name: platform, ...health() }))
  return [
    ...needed,
    ...(await poolerChecks(pooler)),
    ...chat,
    ...(await pausedRoutes(ctx)),
    ...(await eventChecks(ctx)),
    ...(await parkedPoints(ctx)),
  ]
}

/** Only problems that make writes fail: the others are shown, and the process serves. */
async function databaseProblem(
  { db }: Ctx,
  pooler: Promise<ServerProblem | undefined>,
): Promise<ServerProblem | undefined> {
  if (await isReadOnly(db)) return READ_ONLY
  return (await pooler) === PREPARED_LOST ? PREPARED_LOST : undefined
}

async function poolerChecks(pooler: Promise<ServerProblem | undefined>): Promise<Check[]> {
  return (await pooler) === LISTEN_LOST ? [{ name: 'pooler', ok: false, ...LISTEN_LOST }] : []
}

async function pausedRoutes(ctx: Ctx): Promise<Check[]> {
  const paused = await pausedChannels(ctx).catch(() => [])
  return paused.map((row) => ({
    name: `route ${row.platform} ${row.name ?? row.channel}`,
    ok: false,
    detail: `paused: ${row.pause_reason ?? 'refused'}`,
    fix: 'Invite the bot to the channel and type /exp watch there.',
  }))
}

/** Events that wait because of an error: nothing is lost, and serving goes on. */
async function eventChecks(ctx: Ctx): Promise<Check[]> {
  const troubled = await troubledEvents(ctx.db).catch(() => [])
  return troubled.map(({ topic, parked, count, attempts, error }) => ({
    name: `events ${topic}`,
    ok: false,
    detail: parked ? `${count} parked: ${error}` : `${count} failing after ${attempts} attempts: ${error}`,
    fix: parked
      ? 'Update every worker to the newest release: it handles what the others parked.'
      : 'Look at the log of the workers; the events are tried again by themselves.',
  }))
}

/** Rows of the point log that no fold can read: nothing is lost, and serving goes on. */
async function parkedPoints(ctx: Ctx): Promise<Check[]> {
  const { parked } = await readLogStatus(ctx).catch((): { parked?: undefined } => ({}))
  if (parked === undefined) return []
  return [
    {
      name: 'point log',
      ok: false,
      detail: `${parked.rows} requests set aside: ${parked.error}`,
      fix: 'The rows keep their points in point_log, with their error; the points behind them are folded.',
    },
  ]
}

/** What GET /metrics shows of the whole installation. */
export async function readGauges(ctx: Ctx, queue: JobQueue): Promise<Record<string, number>> {
  const log = await readLogStatus(ctx)
  return {
    point_log_rows: log.rows,
    point_log_bytes: log.bytes,
    point_log_oldest_seconds: log.oldest_seconds,
    outbox_events: await countOutbox(ctx),
    deliveries_open: await countOpen(ctx.db),
    runs_running: await countRunning(ctx),
    queue_jobs: await queue.depth(),
  }
}
