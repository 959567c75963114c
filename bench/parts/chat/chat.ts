import { hasRedis, startRedis } from '../../../test/support/redis.ts'
import { startPostgres } from '../../harness/database.ts'
import type { Bench, Measure, Part } from '../../harness/measure.ts'
import { figure } from '../../harness/table.ts'
import { beatRecords, checkPosts, type Watched, watchProjects } from './alerts.ts'
import { typeCommands, typeUnderLoad } from './commands.ts'
import { startWorld, type World } from './world.ts'

const ROUNDS = 3
const RECORDS = 20

export const chat: Part = {
  name: 'chat',
  summary:
    'From a run that beats the record to the post in Slack, and from a command typed in Slack to its acknowledgement; Slack is a fake on this machine that keeps its limits',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const database = await postgres.createDatabase('chat')
    const plain = await startWorld(bench, { DATABASE_URL: database })
    const redis = await startOnRedis(bench, await postgres.createDatabase('chat_redis'))
    const figures: Record<string, number[]> = {}
    const watched: [World, Watched[]][] = []
    const alert = async (world: World, prefix: string) => {
      const projects = await watchProjects(world, RECORDS, prefix)
      watched.push([world, projects])
      return await beatRecords(world, projects)
    }
    for (let round = 0; round <= ROUNDS; round++) {
      const now: Record<string, number> = { postgres: await alert(plain, `p${round}`) }
      if (redis !== undefined) now['redis'] = await alert(redis, `r${round}`)
      const idle = await typeCommands(plain, `p${round}-0`)
      const busy = await typeUnderLoad(plain, database, `p${round}-0`)
      Object.assign(now, { idleAck: idle.ack, idleAnswer: idle.answer, ...busy })
      bench.say(`round ${round} of ${ROUNDS}${round === 0 ? ', to warm up' : ''}: ${describe(now)}`)
      if (round > 0) for (const [name, value] of Object.entries(now)) (figures[name] ??= []).push(value)
    }
    for (const [world, projects] of watched) checkPosts(world, projects)
    return measures(figures, redis !== undefined)
  },
}

/** A server whose queues lie on a Redis of its own; undefined where there is none, which is said in one line. */
async function startOnRedis(bench: Bench, database: string): Promise<World | undefined> {
  if (!hasRedis()) return undefined
  const redis = await startRedis()
  bench.onEnd(() => redis.stop())
  return await startWorld(bench, { DATABASE_URL: database, REDIS_URL: redis.url })
}

function describe(figures: Record<string, number>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(', ')
}

function measures(figures: Record<string, number[]>, withRedis: boolean): Measure[] {
  const of = (name: string) => figures[name] ?? []
  const alerts = [
    { name: 'a record to its post, queue on PostgreSQL, p95', rounds: of('postgres'), atMost: 250 },
    ...(withRedis
      ? [{ name: 'a record to its post, queue on Redis, p95', rounds: of('redis'), atMost: 100 }]
      : []),
  ]
  return [
    ...alerts.map(({ name, rounds, atMost }) => ({
      name,
      unit: 'ms',
      rounds,
      goal: { of: 'figure' as const, atMost },
    })),
    {
      name: 'a command to its acknowledgement while 8 clients post points, p99',
      unit: 'ms',
      rounds: of('ack'),
      reference: { name: 'with nothing else to do', rounds: of('idleAck') },
      goal: { of: 'figure', atMost: 200 },
    },
    {
      name: 'a command to its answer meanwhile, p95',
      unit: 'ms',
      rounds: of('answer'),
      reference: { name: 'with nothing else to do', rounds: of('idleAnswer') },
    },
    { name: 'batches of 1,000 points meanwhile', unit: 'batches/s', rounds: of('rate') },
  ]
}
