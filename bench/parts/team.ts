import { startFakeDiscord } from '../../test/support/fake-discord/start.ts'
import { startPostgres } from '../harness/database.ts'
import { createClient } from '../harness/load.ts'
import { type Bench, type Measure, type Part, percentile } from '../harness/measure.ts'
import { startServer } from '../harness/server.ts'
import { loadProjects } from '../../test/support/many-runs/load.ts'
import { type, TYPINGS } from './questions/typing.ts'
import { recordComparison } from './team/comparison.ts'
import { loadNotes } from '../../test/support/many-runs/load-notes.ts'
import { type Ask, prepareSearches } from './team/searches.ts'
import { makeTeam } from '../../test/support/many-runs/note-truth.ts'

const RUNS = 100_000
const NOTES = 100_000
const ROUNDS = 3
const ASKED = 40
const COMPARISON = 'compare five runs of 10,000 points with their curves, the picture not drawn'

interface Question {
  name: string
  asks: Ask[]
  under: number
}

export const team: Part = {
  name: 'team',
  summary:
    'What a team asks in chat of 100,000 runs and 100,000 notes: `tried`, notes and comparisons over HTTP, names while they are typed through the Discord bot. One client waits for each answer before it asks on, within and across projects in turn, and every answer is compared with what the generators say',
  run: async (bench) => {
    const questions = await build(bench)
    const rounds = new Map<string, number[]>(questions.map(({ name }) => [name, []]))
    for (let round = 0; round <= ROUNDS; round++) {
      bench.say(`round ${round} of ${ROUNDS}${round === 0 ? ', to warm up' : ''}`)
      for (const { name, asks } of questions) {
        const p95 = percentile(await askAll(asks), 0.95)
        if (round > 0) rounds.get(name)?.push(p95)
      }
    }
    return questions.map(
      ({ name, under }): Measure => ({
        name: `${name}, p95`,
        unit: 'ms',
        rounds: rounds.get(name) ?? [],
        goal: { of: 'figure', atMost: under },
      }),
    )
  },
}

async function build(bench: Bench): Promise<Question[]> {
  const end = Date.now()
  const sizes = { vision: { runs: RUNS, end }, speech: { runs: RUNS / 100, end } }
  const postgres = await startPostgres(bench, 'postgres')
  const url = await postgres.createDatabase('team')
  const begun = performance.now()
  await loadProjects(url, [
    { name: 'speech', size: sizes.speech },
    { name: 'vision', size: sizes.vision },
  ])
  await loadNotes(url, NOTES, end)
  bench.say(`runs and notes loaded in ${Math.round((performance.now() - begun) / 1_000)} s`)
  const discord = await startFakeDiscord()
  bench.onEnd(() => discord.stop())
  const place = { channel: discord.addChannel('experiments'), user: discord.addUser('ana') }
  const server = await startServer(bench, {
    DATABASE_URL: url,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
  })
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
  const client = createClient(server.url, 1)
  bench.onEnd(() => client.close())
  return [
    ...prepareSearches(client, makeTeam(NOTES, sizes)).map((search) => ({ ...search, under: 50 })),
    ...TYPINGS.map((typing) => ({
      name: `completing ${typing.name}`,
      asks: [() => type(discord, place, typing, RUNS)],
      under: 100,
    })),
    { name: COMPARISON, asks: [await recordComparison(client)], under: 300 },
  ]
}

async function askAll(asks: Ask[]): Promise<number[]> {
  const taken: number[] = []
  for (let at = 0; at < ASKED; at++) taken.push(await (asks[at % asks.length] as Ask)())
  return taken
}
