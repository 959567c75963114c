import { setTimeout as sleep } from 'node:timers/promises'
import type { FakeSlack } from '../../../test/support/fake-slack/start.ts'
import { withClient } from '../../../test/support/with-client.ts'
import { createClient } from '../../harness/load.ts'
import type { Bench } from '../../harness/measure.ts'
import type { Server } from '../../harness/server.ts'

const CHANNELS = 20
const PROJECTS = 100
const TOLD_TIMEOUT_MS = 60_000
const OPEN = `(select id from outbox union all select id from deliveries where status in ('planned', 'sending')) open`

export interface GivenAnswer {
  records: number
  /** How many of them are told at least once, in each place. */
  slack: number
  console: number
  /** How many posts there are beyond one for each record and place. */
  doubled: number
  seconds: number
}

/**
 * Every project is watched from a Slack channel and from the console. Each gets a run and then a better one, over the
 * API processes in turn; then every post is counted where people would see it.
 */
export async function tellRecords(
  bench: Bench,
  url: string,
  slack: FakeSlack,
  apis: Server[],
): Promise<GivenAnswer> {
  const projects = Array.from({ length: PROJECTS }, (_, index) => `told-${String(index).padStart(3, '0')}`)
  const channels = Array.from({ length: CHANNELS }, (_, index) => slack.state.addChannel(`team-${index}`))
  const clients = apis.map((api) => createClient(api.url, 1))
  const call = (at: number, path: string, body: object) =>
    clients[at % clients.length]?.call({ method: 'POST', path, body: JSON.stringify(body) })
  await slack.until(() => slack.sockets.open.size > 0)
  for (const [at, project] of projects.entries()) {
    const channel = channels[at % CHANNELS] ?? ''
    slack.slash({ channel, user: 'U0ANA', text: `watch ${project} best` })
    await call(at, '/api/v1/ask', { q: `watch ${project} best` })
  }
  await until(() => countRows(url, 'subscriptions'), PROJECTS * 2)
  const begun = performance.now()
  const finished = { status: 'finished', owner: 'ana' }
  for (const accuracy of [0.5, 0.6])
    for (const [at, project] of projects.entries())
      await call(at + accuracy * 10, '/api/v1/runs', { ...finished, project, metrics: { accuracy } })
  const posts = () => channels.flatMap((channel) => slack.posts(channel)).map((post) => JSON.stringify(post))
  await until(async () => posts().length, PROJECTS)
  await until(() => countRows(url, 'console_messages'), PROJECTS)
  await until(() => countRows(url, OPEN), 0)
  const seconds = (performance.now() - begun) / 1_000
  const consolePosts = await readConsole(url)
  for (const client of clients) await client.close()
  const told = (texts: string[]) =>
    projects.map((project) => texts.filter((text) => text.includes(project)).length)
  const [inSlack, inConsole] = [told(posts()), told(consolePosts)]
  bench.say(`${PROJECTS} new bests: ${posts().length} posts in Slack, ${consolePosts.length} in the console`)
  return {
    records: PROJECTS,
    slack: inSlack.filter((count) => count > 0).length,
    console: inConsole.filter((count) => count > 0).length,
    doubled: posts().length + consolePosts.length - 2 * PROJECTS,
    seconds,
  }
}

/** Waits until the count is reached. @throws Error that tells how far it came */
async function until(count: () => Promise<number>, wanted: number): Promise<void> {
  const end = performance.now() + TOLD_TIMEOUT_MS
  for (let found = await count(); found !== wanted; found = await count()) {
    if (performance.now() > end)
      throw new Error(`${found} instead of ${wanted} after ${TOLD_TIMEOUT_MS / 1_000} s`)
    await sleep(50)
  }
}

async function countRows(url: string, from: string): Promise<number> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${from}`)
    return rows[0]?.count ?? 0
  })
}

async function readConsole(url: string): Promise<string[]> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ message: string }>('select message::text from console_messages')
    return rows.map(({ message }) => message)
  })
}
