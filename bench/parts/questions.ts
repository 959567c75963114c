import { startFakeDiscord } from '../../test/support/fake-discord/start.ts'
import { type BenchServer, startPostgres } from '../harness/database.ts'
import { createClient } from '../harness/load.ts'
import { type Bench, type Measure, type Part, percentile } from '../harness/measure.ts'
import { startServer } from '../harness/server.ts'
import { BOARDS, HARD_BOARDS } from './questions/boards.ts'
import { readAll, readThinned, recordCurve } from './questions/histories.ts'
import { listQuestions } from './questions/lists.ts'
import { loadProjects } from '../../test/support/many-runs/load.ts'
import { type Asked, prepare } from './questions/question.ts'
import { runsOfTeam, type Size, TEAM_NAMES } from '../../test/support/many-runs/shape.ts'
import { type, TYPINGS } from './questions/typing.ts'

const SMALL = 10_000
const LARGE = 1_000_000
const ROUNDS = 3
const QUESTIONS = 50
/** Of those that take long, and of all while the servers warm up. */
const FEWER = 20
const CURVES = 15

/** Of each question: the p95 of a round at 1,000,000 runs, and where it is asked of both at 10,000. */
type Rounds = Map<string, { large: number[]; small: number[] }>

export const questions: Part = {
  name: 'questions',
  summary:
    'What is asked over HTTP of an installation whose largest project has 1,000,000 runs, and of one where it has 10,000, with 5 metrics and 10 params a run. Each has a database and an otherwise idle server process of its own; one client waits for each answer before it asks on, in turn here and there. Every answer is compared with what the generator of the runs says',
  run: async (bench) => {
    const rig = await build(bench)
    const rounds: Rounds = new Map()
    for (let round = 0; round <= ROUNDS; round++) {
      bench.say(`round ${round} of ${ROUNDS}${round === 0 ? ', to warm up' : ''}`)
      const taken = await measureRound(rig, round === 0 ? FEWER : QUESTIONS)
      for (const [name, { large, small }] of round === 0 ? [] : taken) {
        const own = rounds.get(name) ?? { large: [], small: [] }
        own.large.push(large)
        if (small !== undefined) own.small.push(small)
        rounds.set(name, own)
      }
    }
    return measures(rig, rounds)
  },
}

const HARD_NAMES = new Set(HARD_BOARDS.map(({ name }) => name))

type Rig = Awaited<ReturnType<typeof build>>

async function build(bench: Bench) {
  const end = Date.now()
  const postgres = await startPostgres(bench, 'postgres')
  const discord = await startFakeDiscord()
  bench.onEnd(() => discord.stop())
  const place = { channel: discord.addChannel('experiments'), user: discord.addUser('ana') }
  const small = await install(bench, postgres, { runs: SMALL, end }, {})
  const large = await install(
    bench,
    postgres,
    { runs: LARGE, end },
    { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
  )
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
  bench.say('the right answers are looked for in the generator')
  const questions = [...BOARDS, ...HARD_BOARDS, ...listQuestions(large.size)]
  const [there, here] = [prepare(large, questions), prepare(small, questions)]
  bench.say('curves of 10,000 and of 1,000,000 points are sent')
  const curve = await recordCurve(large.client, 10_000)
  const long = await recordCurve(large.client, 1_000_000)
  return { discord, place, questions, there, here, client: large.client, curve, long }
}

async function install(bench: Bench, postgres: BenchServer, size: Size, env: Record<string, string>) {
  const url = await postgres.createDatabase(`runs_${size.runs}`)
  const begun = performance.now()
  const teams = TEAM_NAMES.map((name) => ({ name, size: { ...size, runs: runsOfTeam(size.runs) } }))
  await loadProjects(url, [...teams, { name: 'vision', size }])
  const seconds = Math.round((performance.now() - begun) / 1_000)
  bench.say(
    `${size.runs.toLocaleString('en-US')} runs and those of ${TEAM_NAMES.length} other projects loaded in ${seconds} s`,
  )
  const server = await startServer(bench, { DATABASE_URL: url, ...env })
  const client = createClient(server.url, 1)
  bench.onEnd(() => client.close())
  return { client, size }
}

/** The figures of one round by name, in milliseconds. */
async function measureRound(rig: Rig, most: number): Promise<Map<string, { large: number; small?: number }>> {
  const { discord, place, client, curve, long } = rig
  const taken = new Map<string, { large: number; small?: number }>()
  for (const [at, { name }] of rig.questions.entries()) {
    const times = HARD_NAMES.has(name) ? FEWER : most
    taken.set(name, await putInTurn(rig.there[at] as Asked, rig.here[at] as Asked, times))
  }
  for (const typing of TYPINGS) {
    const large = await sample(most, () => type(discord, place, typing, LARGE))
    taken.set(typing.name, { large: percentile(large, 0.95) })
  }
  const whole = await sample(CURVES, () => readAll(client, curve))
  taken.set(WHOLE, { large: percentile(whole, 0.5) })
  const thinned = await sample(CURVES, () => readThinned(client, long, 1_000))
  taken.set(THINNED, { large: percentile(thinned, 0.5) })
  return taken
}

async function putInTurn(
  there: Asked,
  here: Asked,
  times: number,
): Promise<{ large: number; small: number }> {
  const large: number[] = []
  const small: number[] = []
  for (let at = 0; at < times; at++) {
    large.push(await there.put(at))
    small.push(await here.put(at))
  }
  return { large: percentile(large, 0.95), small: percentile(small, 0.95) }
}

async function sample(count: number, ask: () => Promise<number>): Promise<number[]> {
  const taken: number[] = []
  for (let at = 0; at < count; at++) taken.push(await ask())
  return taken
}

const WHOLE = 'a curve of 10,000 points, p50'
const THINNED = '1,000,000 points thinned to 1,000, p50'

function measures({ questions: asked }: Rig, rounds: Rounds): Measure[] {
  const figure = (name: string, shown: string, under?: number): Measure => ({
    name: shown,
    unit: 'ms',
    rounds: rounds.get(name)?.large ?? [],
    ...(under === undefined ? {} : { goal: { of: 'figure', atMost: under } }),
  })
  const small = (name: string) => ({ name: 'at 10,000', rounds: rounds.get(name)?.small ?? [] })
  return [
    ...asked.flatMap(({ name, goals: { under, times }, note }): Measure[] => {
      const own = { ...figure(name, `${name}, p95`, under), ...(note === undefined ? {} : { note }) }
      if (times === undefined) return [{ ...own, reference: small(name) }]
      const beside = figure(name, 'the same beside 10,000 runs')
      return [own, { ...beside, reference: small(name), goal: { of: 'ratio', atMost: times } }]
    }),
    ...TYPINGS.map(({ name }) => figure(name, `completing ${name}, p95`, 50)),
    figure(WHOLE, WHOLE, 15),
    figure(THINNED, THINNED, 100),
  ]
}
