import { setTimeout as sleep } from 'node:timers/promises'
import { createConsoleTransport } from './bots/console/transport.ts'
import type { ChatPlatform, Transport } from './bots/transport.ts'
import type { Drawer } from './charts/drawer.ts'
import { openPictures } from './charts/open-pictures.ts'
import type { Pictures } from './charts/pictures.ts'
import { readChecks, readGauges } from './app/checks.ts'
import { serve } from './app/serve.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, configuredSecrets } from './config.ts'
import type { Checkpoint, Ctx } from './context.ts'
import { findPooler, type ServerProblem } from './db/check-server.ts'
import { createDb, createPool } from './db/client.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { migrateToLatest } from './db/migrate.ts'
import { type AdminToken, adminToken } from './domain/access/admin-token.ts'
import { pictureStore } from './domain/pictures/picture-store.ts'
import { createMasker } from './domain/secrets/masker.ts'
import { createWriters } from './domain/ingest/writers.ts'
import { messageOf } from './errors.ts'
import { checkAddress } from './http/listen.ts'
import type { Check } from './http/ops.ts'
import type { Protocol } from './http/protocols/protocol.ts'
import { webPages } from './http/web/pages.ts'
import { notifyPeople } from './jobs/deliver/notify-people.ts'
import { createQueuePool, prepareQueueSchema } from './jobs/prepare-postgres.ts'
import { createPostgresQueue, createRedisQueue, type JobQueue } from './jobs/queues.ts'
import { startFoldLoop } from './jobs/fold-loop.ts'
import { startRelay } from './jobs/relay.ts'
import { createHandlers } from './jobs/worker.ts'
import { createLogger, type Logger } from './logger.ts'

export interface Overrides {
  clock?: Clock
  log?: Logger
  /** Called at every named point between a commit and the chat API's answer. */
  checkpoint?(name: Checkpoint): void
  /** Draws charts instead of our own threads. */
  drawer?: Drawer
  /** Instead of the protocols that the server speaks. */
  protocols?: readonly Protocol[]
  timings?: Partial<Timings>
}

/** Waits by the real clock that tests shorten. What is not given is the constant of the part that waits. */
export interface Timings {
  /** How often the safety poll starts work that no event or timer started. */
  tickMs: number
  /** The least time between two posts in a channel of Slack. */
  slackPostIntervalMs: number
  /** How often the point log is folded. */
  foldMs: number
  /** How often an open page is compared with the database. */
  pageLookMs: number
  /** How long a worker has for an event before it is handed to the queue again. */
  eventLeaseS: number
  /** How long the channels of a process that died stay closed to the others. */
  channelLeaseMs: number
}

export interface App {
  ctx: Ctx
  queue: JobQueue
  platforms: ChatPlatform[]
  /** Where it really listens (the port may have been given as 0); undefined without the role api. */
  url: string | undefined
  database: string
  token: AdminToken
  checks(): Promise<Check[]>
  stop(): Promise<void>
}

/** How each part is stopped; the last one that was started stops first. */
type Stops = (() => Promise<void>)[]

const TICK_EVERY_MS = 5_000
/** Three renewals fit in, so that a busy process keeps its channels. */
const CHANNEL_LEASE_MS = 10_000
const MAX_CONCURRENT_JOBS = 8
/** When calls to a platform are given up at the end; the rest of fifteen seconds belongs to the queue and the database. */
const GIVE_UP_AFTER_MS = 7_000
/** How long a start waits for the queue. */
const QUEUE_WAIT_LIMIT_MS = 2_000

/**
 * Starts what the configuration asks for, in the order in which the parts need each other.
 * @throws the first part's own error, once the parts before it are stopped again
 */
export async function startApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const stops: Stops = []
  const token = await adminToken(config)
  const masker = createMasker([...configuredSecrets(config), token.value])
  const log = overrides.log ?? createLogger(config.logLevel, masker.maskText)
  let stopping = false
  const stop = () => {
    stopping = true
    return stopAll(stops, log)
  }
  // A connection that is lost while the process stops is no news.
  const lost = (what: string) => (error: Error) => {
    if (!stopping) warn(log, what)(error)
  }
  try {
    const database = await openDatabase(config, log, stops)
    if (config.roles.includes('api')) await checkAddress(config)
    await migrateToLatest(database.url)
    const pool = createPool({
      url: database.url,
      max: config.databaseConnections,
      onError: lost('a database connection was lost'),
    })
    const db = createDb(pool)
    stops.push(() => db.destroy())
    const ctx: Ctx = {
      db,
      clock: overrides.clock ?? systemClock,
      log,
      publicUrl: config.publicUrl,
      reactions: config.reactions,
      codeHosts: config.codeHosts,
      mask: masker.maskDeep,
      checkpoint: overrides.checkpoint ?? (() => {}),
    }
    const queue = await openQueue(config, database.url, log, lost('a queue connection was lost'))
    stops.push(() => queue.close())
    const pictures = await openPictures({
      quickChartUrl: config.quickChartUrl,
      store: pictureStore(ctx),
      log,
      drawer: overrides.drawer,
    })
    stops.push(() => pictures.close())
    const platforms = await openPlatforms(config, ctx, pictures, overrides.timings)
    stops.push(async () => void (await Promise.all(platforms.map((platform) => platform.stop()))))
    const transports = transportsOf(ctx, platforms)
    const pooler = lookForPooler(config, log)
    stops.push(async () => void (await pooler))
    const checks = () => readChecks(ctx, queue, transports, pooler)
    if (config.roles.includes('worker')) {
      await startWork(config, overrides, ctx, queue, transports, database.url, stops)
    }
    let url: string | undefined
    if (config.roles.includes('api')) {
      const pages = webPages(ctx, {
        adminToken: token.value,
        pictures,
        lookEveryMs: overrides.timings?.pageLookMs,
      })
      const served = await serve(config, ctx, platforms, {
        adminToken: token.value,
        writers: createWriters(ctx, { pointLogMaxBytes: config.pointLogMaxMb * 1024 * 1024 }),
        protocols: overrides.protocols,
        rateLimit: { max: config.rateLimit, windowMs: 60_000 },
        checks,
        gauges: () => readGauges(ctx, queue),
        mounts: [pages],
      })
      stops.push(() => served.close())
      url = served.url
    }
    await Promise.all(
      platforms.filter((platform) => isHeardHere(config, platform)).map((platform) => platform.listen()),
    )
    return { ctx, queue, platforms, url, database: database.description, token, checks, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Sockets and gateways belong to the role bots; a platform that posts to us is answered by the role api. */
function isHeardHere({ roles }: Config, platform: ChatPlatform): boolean {
  return roles.includes(platform.requestListener === undefined ? 'bots' : 'api')
}

async function openDatabase(config: Config, log: Logger, stops: Stops) {
  if (config.databaseUrl !== undefined) {
    return { url: config.databaseUrl, description: `server ${new URL(config.databaseUrl).host}` }
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  stops.push(() => embedded.stop())
  return { url: embedded.url, description: embedded.description }
}

/** The answer is wanted by GET /readyz; a start does not wait for it. */
async function lookForPooler({ databaseUrl }: Config, log: Logger): Promise<ServerProblem | undefined> {
  if (databaseUrl === undefined) return undefined
  const found = await findPooler(databaseUrl).catch(() => undefined)
  if (found !== undefined) log.warn({ fix: found.fix }, found.detail)
  return found
}

async function openQueue(
  config: Config,
  databaseUrl: string,
  log: Logger,
  onLost: (error: Error) => void,
): Promise<JobQueue> {
  if (config.redis !== undefined) return createRedisQueue(config.redis, config.queue.name, log)
  const names = await prepareQueueSchema(databaseUrl, config.queue.schema)
  return createPostgresQueue(() => createQueuePool(databaseUrl, names, onLost), config.queue.name, log)
}

/** An SDK is loaded only when its platform has a token. */
async function openPlatforms(
  config: Config,
  ctx: Ctx,
  pictures: Pictures,
  timings: Partial<Timings> = {},
): Promise<ChatPlatform[]> {
  const platforms: ChatPlatform[] = []
  if (config.slack !== undefined) {
    const { openSlack } = await import('./bots/slack/platform.ts')
    platforms.push(openSlack(config.slack, ctx, pictures, timings.slackPostIntervalMs))
  }
  if (config.discord !== undefined) {
    const { openDiscord } = await import('./bots/discord/platform.ts')
    platforms.push(openDiscord(config.discord, ctx, pictures))
  }
  return platforms
}

function transportsOf(ctx: Ctx, platforms: ChatPlatform[]): Map<string, Transport> {
  const transports = [createConsoleTransport(ctx), ...platforms.map(({ transport }) => transport)]
  return new Map(transports.map((transport) => [transport.platform, transport]))
}

async function startWork(
  config: Config,
  overrides: Overrides,
  ctx: Ctx,
  queue: JobQueue,
  transports: Map<string, Transport>,
  databaseUrl: string,
  stops: Stops,
): Promise<void> {
  const onPaused: Parameters<typeof createHandlers>[0]['onPaused'] = (channel, reason) =>
    notifyPeople(ctx, transports, channel, reason)
  const { postTimeoutMs } = config
  const { stopping, giveUp } = endOfWork(stops)
  const leaseMs = overrides.timings?.channelLeaseMs ?? CHANNEL_LEASE_MS
  const options = { ctx, queue, transports, postTimeoutMs, leaseMs, onPaused, stopping, giveUp }
  queue.startWorker(createHandlers(options), MAX_CONCURRENT_JOBS)
  const relay = startRelay(ctx, queue, databaseUrl, overrides.timings?.eventLeaseS)
  stops.push(() => relay.stop())
  const folds = startFoldLoop(ctx, overrides.timings?.foldMs)
  stops.push(() => folds.stop())
  const tickMs = overrides.timings?.tickMs ?? TICK_EVERY_MS
  // The scheduler lives in the queue; made again now and then, because Redis may have been emptied.
  const ensure = () => queue.ensureTick(tickMs).catch(warn(ctx.log, 'the queue does not answer'))
  // While Redis is away this would wait for it, but runs are accepted all the same.
  await Promise.race([ensure(), sleep(QUEUE_WAIT_LIMIT_MS, undefined, { ref: false })])
  const timer = setInterval(() => void ensure(), tickMs * 6)
  stops.push(async () => clearInterval(timer))
}

/** At the end no new call to a platform begins; one that is under way has a while, so that its answer is heard. */
function endOfWork(stops: Stops): { stopping: AbortSignal; giveUp: AbortSignal } {
  const stopping = new AbortController()
  const giveUp = new AbortController()
  stops.push(async () => {
    stopping.abort()
    setTimeout(() => giveUp.abort(), GIVE_UP_AFTER_MS).unref()
  })
  return { stopping: stopping.signal, giveUp: giveUp.signal }
}

function warn(log: Logger, what: string): (error: unknown) => void {
  return (error) => log.warn({ error: messageOf(error) }, what)
}

/** Ends every part, the last started first; one that fails does not keep the others from ending. */
async function stopAll(stops: Stops, log: Logger): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    await stop().catch((error) => log.warn({ error: messageOf(error) }, 'a part did not stop cleanly'))
  }
}
