import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { startFakeSlack } from '../../test/support/fake-slack/start.ts'
import { startPostgres } from '../harness/database.ts'
import { withClient } from '../../test/support/with-client.ts'
import { createClient } from '../harness/load.ts'
import { type Bench, type Measure, type Part } from '../harness/measure.ts'
import { freePort, startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { lastingSizes, passingSizes, rewriteAll, type Sizes, total, worst } from './soak/bloat.ts'
import { checkAll } from './soak/check-all.ts'
import { projects, runTeam, type Team } from './soak/team.ts'
import { perMinute, type Sample, watchHeap, watchServer } from './soak/watch-server.ts'

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 240)
/** Until then the engine still compiles and the pools still grow. */
const WARM_SECONDS = SECONDS / 3
const SETTLED_TIMEOUT_MS = 180_000
const CONNECTIONS = 40

export const soak: Part = {
  name: 'soak',
  summary:
    'An hour of a busy team in under five minutes: trainings that log point by point and in batches, fail and break records, people who ask, and one process with the settings that users get',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const url = await postgres.createDatabase('soak')
    const slack = await startFakeSlack()
    bench.onEnd(() => slack.stop())
    const inspector = await freePort()
    const server = await startServer(bench, {
      DATABASE_URL: url,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}`,
    })
    const client = createClient(server.url, CONNECTIONS)
    await slack.until(() => slack.sockets.open.size > 0)
    await withClient(url, async (db) => {
      for (const project of projects) {
        const channel = slack.state.addChannel(project)
        slack.slash({ channel, user: 'U0ANA', text: `watch ${project} best,failed` })
        const q = `watch ${project} best,failed`
        await client.call({ method: 'POST', path: '/api/v1/ask', body: JSON.stringify({ q }) })
      }
      await until(db, 'select count(*)::int as count from subscriptions', projects.length * 2)
    })

    const { team, done } = await runTeam(client, SECONDS)
    const watch = watchServer({ pid: server.pid, url, client }, (sample) => progress(bench, sample, team))
    const [heap] = await Promise.all([
      watchHeap(client, inspector, { from: WARM_SECONDS, to: SECONDS - 1 }),
      done,
    ])
    const samples = await watch.stop()
    const result = await withClient(url, async (db) => {
      const drained = await finish(bench, db)
      const [lasting, queues] = [await lastingSizes(db), await passingSizes(db)]
      const { points, messages } = await checkAll(db, team.sent, slack)
      await rewriteAll(db)
      return { drained, lasting, queues, points, messages, fresh: await lastingSizes(db) }
    })
    await client.close()
    return measures(samples, heap, team, result)
  },
}

/** Waits for what is still on its way. @returns seconds until nothing was */
async function finish(bench: Bench, db: pg.Client): Promise<{ outbox: number; compactions: number }> {
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1_000
  await until(db, 'select count(*)::int as count from outbox', 0)
  const outbox = seconds()
  await until(
    db,
    `select count(*)::int as count from deliveries where status in ('planned', 'sending') or edit_due_at is not null`,
    0,
  )
  bench.say(
    `outbox empty after ${figure(outbox)} s, every message in its last state after ${figure(seconds())} s`,
  )
  await until(db, 'select count(*)::int as count from compactions', 0)
  bench.say(`all points put together after ${figure(seconds())} s`)
  return { outbox, compactions: seconds() }
}

async function until(db: pg.Client, query: string, wanted: number): Promise<void> {
  const end = performance.now() + SETTLED_TIMEOUT_MS
  for (;;) {
    const { rows } = await db.query<{ count: number }>(query)
    if (rows[0]?.count === wanted) return
    if (performance.now() > end)
      throw new Error(
        `${query}: ${rows[0]?.count} instead of ${wanted} after ${SETTLED_TIMEOUT_MS / 1_000} s`,
      )
    await sleep(50)
  }
}

function progress(bench: Bench, sample: Sample, { sent, calls, questions }: Team): void {
  const minutes = (seconds: number) =>
    `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
  if (Math.floor(sample.at / 5) % 3 !== 0) return
  bench.say(
    `${minutes(sample.at)} of ${minutes(SECONDS)}: ${sent.length} runs, ${calls} calls, ${questions} questions; ` +
      `memory ${figure(sample.residentMb)} MB, database ${figure(sample.databaseMb)} MB, ` +
      `outbox ${sample.outbox}, jobs ${sample.jobs}, runs to compact ${sample.toCompact}`,
  )
}

interface Result {
  drained: { outbox: number; compactions: number }
  lasting: Sizes
  queues: Sizes
  fresh: Sizes
  points: number
  messages: number
}

function measures(
  samples: Sample[],
  heap: { at: number; mb: number }[],
  team: Team,
  result: Result,
): Measure[] {
  const warm = samples.filter(({ at }) => at >= WARM_SECONDS)
  const first = warm.slice(0, Math.ceil(warm.length / 4)).map(({ residentMb }) => residentMb)
  const last = warm.slice(-first.length).map(({ residentMb }) => residentMb)
  const { drained, lasting, fresh, queues } = result
  const whole = `${team.sent.length} runs, ${result.points.toLocaleString('en-US')} points, ${team.calls} calls that write, ${team.questions} questions, ${result.messages} messages: all of it read back, none missing, doubled or wrong.`
  return [
    {
      name: 'what the heap holds after a collection, end of the load',
      unit: 'MB',
      rounds: heap.slice(-1).map(({ mb }) => mb),
      reference: { name: 'after the warm-up', rounds: heap.slice(0, 1).map(({ mb }) => mb) },
      goal: { of: 'ratio', atMost: 1.2 },
      note: whole,
    },
    {
      name: 'growth of what it holds',
      unit: 'MB a minute',
      rounds: [perMinute(heap, ({ mb }) => mb)],
      goal: { of: 'figure', atMost: 2 },
    },
    {
      name: 'memory of the process (RSS), last quarter',
      unit: 'MB',
      rounds: last,
      reference: { name: 'after the warm-up', rounds: first },
      goal: { of: 'ratio', atMost: 1.25 },
      note: `${figure(perMinute(warm, ({ residentMb }) => residentMb))} MB a minute by the line through all samples; the engine takes room before it collects.`,
    },
    {
      name: 'tables, beside the same rows freshly written',
      unit: 'MB',
      rounds: [total(lasting.tables)],
      reference: { name: 'fresh', rounds: [total(fresh.tables)] },
      goal: { of: 'ratio', atMost: 1.5 },
      note: `most of the rest: ${worst(lasting.tables, fresh.tables)}.`,
    },
    {
      name: 'indexes, beside the same freshly built',
      unit: 'MB',
      rounds: [total(lasting.indexes)],
      reference: { name: 'fresh', rounds: [total(fresh.indexes)] },
      goal: { of: 'ratio', atMost: 2 },
      note: `most of the rest: ${worst(lasting.indexes, fresh.indexes)}.`,
    },
    {
      name: 'outbox, compactions, small rows and the queue, when all is done',
      unit: 'MB',
      rounds: [total(queues.tables) + total(queues.indexes)],
      goal: { of: 'figure', atMost: 32 },
    },
    {
      name: 'events in the outbox under load',
      unit: 'events',
      rounds: warm.map(({ outbox }) => outbox),
      goal: { of: 'figure', atMost: 50 },
    },
    {
      name: 'outbox empty after the load',
      unit: 's',
      rounds: [drained.outbox],
      goal: { of: 'figure', atMost: 5 },
    },
    {
      name: 'runs whose points wait to be put together, under load',
      unit: 'runs',
      rounds: warm.map(({ toCompact }) => toCompact),
      goal: { of: 'figure', atMost: 200 },
    },
    {
      name: 'all of them put together after the load',
      unit: 's',
      rounds: [drained.compactions],
      goal: { of: 'figure', atMost: 90 },
    },
  ]
}
