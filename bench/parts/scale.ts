import os from 'node:os'
import { startPostgres } from '../harness/database.ts'
import { type Measure, median, type Part } from '../harness/measure.ts'
import { queueOnRedis } from '../harness/redis.ts'
import { type Server, startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { startFakeSlack } from '../../test/support/fake-slack/start.ts'
import { type ApiRound, batchRound, pointRound } from './scale/api-rounds.ts'
import { postgresOf } from '../harness/cpu-use.ts'
import { drainOutbox } from './scale/drain-outbox.ts'
import { tellRecords, type GivenAnswer } from './scale/tell-records.ts'

const ROUNDS = 3
/** Eight clients keep one process busy: four are to cost no more for 32 than one does for eight. */
const LOADS = { 'one, eight clients': [1, 8], one: [1, 32], two: [2, 32], four: [4, 32] } as const
type LoadName = keyof typeof LOADS
const APIS = 4

/** Processes of one role each, on one PostgreSQL and one Redis, that know nothing else of one another. */
export const scale: Part = {
  name: 'scale',
  summary:
    'One, two and four API processes beside two workers and the bots, each a process of its own that shares only PostgreSQL and Redis',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const url = await postgres.createDatabase('scale')
    const queue = await queueOnRedis(bench)
    const slack = await startFakeSlack()
    bench.onEnd(() => slack.stop())
    const env = {
      DATABASE_URL: url,
      // Ten processes share the hundred connections of the embedded server.
      DATABASE_CONNECTIONS: '10',
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      ...queue.env,
    }
    const apis = []
    for (let count = 0; count < APIS; count++) apis.push(await startServer(bench, env, 'api'))
    await startServer(bench, env, 'worker')
    await startServer(bench, env, 'bots')
    const server = await postgresOf(url)

    const names = Object.keys(LOADS) as LoadName[]
    const batches = new Map<LoadName, ApiRound[]>(names.map((name) => [name, []]))
    const points = new Map<LoadName, ApiRound[]>(names.map((name) => [name, []]))
    const drains: Record<'one' | 'two', number[]> = { one: [], two: [] }
    const measured = async (name: LoadName, used: Server[], round: number) => {
      const load = { url, server, apis: used, clients: LOADS[name][1] }
      const [batch, point] = [await batchRound(load, round), await pointRound(load, round)]
      bench.say(
        `round ${round} of ${ROUNDS}, API ${name}: ${figure(batch.rate)} batches/s, ${figure(point.rate)} points/s`,
      )
      return { batch, point }
    }
    // Each warms up by itself: a process that has done little is slower than one that has done much.
    for (const api of apis) await measured('one', [api], 0)
    for (let round = 1; round <= ROUNDS; round++) {
      for (const name of names) {
        const { batch, point } = await measured(name, apis.slice(0, LOADS[name][0]), round)
        batches.get(name)?.push(batch)
        points.get(name)?.push(point)
      }
      const one = await drainOutbox(url)
      const second = await startServer(bench, env, 'worker')
      const two = await drainOutbox(url)
      if (round < ROUNDS) await second.stop()
      bench.say(`events handled: one worker ${figure(one)}/s, two ${figure(two)}/s`)
      drains.one.push(one)
      drains.two.push(two)
    }
    const told = await tellRecords(bench, url, slack, apis)
    return [
      ...apiMeasures('batches of 1,000 points', 'batches', batches),
      ...apiMeasures('points one by one', 'points', points),
      ...cpuMeasures(batches),
      ...workerMeasures(drains, told, queue.name),
    ]
  },
}

function apiMeasures(name: string, unit: string, rounds: Map<LoadName, ApiRound[]>): Measure[] {
  const rates = (load: LoadName) => (rounds.get(load) ?? []).map(({ rate }) => rate)
  return [
    { name: `${name}, one API process`, unit: `${unit}/s`, rounds: rates('one') },
    ...(['two', 'four'] as const).map(
      (load): Measure => ({
        name: `${name}, ${load} API processes`,
        unit: `${unit}/s`,
        rounds: rates(load),
        reference: { name: 'one', rounds: rates('one') },
      }),
    ),
  ]
}

/** Where a rate comes from: if more processes cost no more CPU for the same work, cores are all that is missing. */
function cpuMeasures(rounds: Map<LoadName, ApiRound[]>): Measure[] {
  const of = (load: LoadName) => rounds.get(load) ?? []
  const cores = os.availableParallelism()
  const all = ({ api, postgres, client }: ApiRound) => api + postgres + client
  const [api, postgres, client] = (['api', 'postgres', 'client'] as const).map((key) =>
    figure(median(of('four').map((round) => round[key]))),
  )
  const used = (['one', 'four'] as const).map((load) =>
    figure(median(of(load).map((round) => (all(round) * round.rate) / 1_000))),
  )
  return [
    {
      name: 'CPU of the API for a batch, four processes of eight clients each',
      unit: 'ms',
      rounds: of('four').map((round) => round.api),
      reference: { name: 'one process of eight', rounds: of('one, eight clients').map((round) => round.api) },
      goal: { of: 'ratio', atMost: 1.25 },
      note: `This machine has ${cores} cores, shared with PostgreSQL and the client. With four API processes a batch costs ${api} ms of CPU there, ${postgres} ms in PostgreSQL and ${client} ms in the client that sends it: ${used[1]} cores are busy, ${used[0]} with one process. Rates add up until the cores are used up, and no further.`,
    },
    {
      name: 'CPU of PostgreSQL for a batch, four API processes',
      unit: 'ms',
      rounds: of('four').map((round) => round.postgres),
      reference: {
        name: 'one process of eight',
        rounds: of('one, eight clients').map((round) => round.postgres),
      },
      note: 'Requests that one process has in flight share commits: the same load spread over more processes makes more of them.',
    },
  ]
}

function workerMeasures(
  drains: Record<'one' | 'two', number[]>,
  { records, slack, console: onConsole, doubled, seconds }: GivenAnswer,
  queue: string,
): Measure[] {
  return [
    {
      name: `events from the outbox through the queue, two workers (${queue})`,
      unit: 'events/s',
      rounds: drains.two,
      reference: { name: 'one', rounds: drains.one },
    },
    {
      name: `new bests told in Slack by two workers, of ${records}`,
      unit: 'messages',
      rounds: [slack],
      goal: { of: 'figure', atLeast: records },
      note: `Typed into Slack and heard by the process of the bots, recorded over four API processes, posted to 20 channels that take one message a second: ${figure(seconds)} s until the last one.`,
    },
    {
      name: `the same told in the console`,
      unit: 'messages',
      rounds: [onConsole],
      goal: { of: 'figure', atLeast: records },
    },
    { name: 'of these doubled', unit: 'messages', rounds: [doubled], goal: { of: 'figure', atMost: 0 } },
  ]
}
