import { setTimeout as sleep } from 'node:timers/promises'
import type { createClient } from '../../harness/load.ts'
import { batchColumns, errorLine, GRADIENTS, type Made, type Sent, stepTime, stepValues } from './made.ts'

type Client = ReturnType<typeof createClient>

const PROJECTS = 12
const STEPS = 40
/** Trainings that go on from the beginning to the end, a point at a time. */
const LONG = 4
/** Of the others so many run at once, each with so many calls a second. */
const AT_ONCE = 20
const CALLS_A_SECOND = 20
const FAILS_EVERY = 40
const HEARTBEAT_EVERY = 8

export const projects = Array.from({ length: PROJECTS }, (_, index) => `soak-${'abcdefghijkl'[index]}`)

export interface Team {
  sent: Sent[]
  calls: number
  questions: number
}

/**
 * A team at work: trainings that begin, log points one by one and in batches, send signs of life and end, well or
 * badly, one after the other; and people who ask. Trainings that are under way at the end are finished.
 */
export async function runTeam(client: Client, seconds: number): Promise<{ team: Team; done: Promise<void> }> {
  const team: Team = { sent: [], calls: 0, questions: 0 }
  const end = performance.now() + seconds * 1_000
  let next = 0
  const begin = (steps: number) => {
    const number = next++
    const project = projects[number % PROJECTS] ?? ''
    return { number, project, steps, batchEvery: 10, fails: number % FAILS_EVERY === FAILS_EVERY - 1 }
  }
  const one = async (index: number) => {
    const pace = paced(CALLS_A_SECOND)
    const isLong = index < LONG
    while (performance.now() < end) {
      const made = begin(isLong ? Number.POSITIVE_INFINITY : STEPS)
      await train(client, team, made, pace, isLong ? end : Number.POSITIVE_INFINITY)
    }
  }
  const work = Array.from({ length: LONG + AT_ONCE }, (_, index) => one(index))
  return { team, done: Promise.all([...work, ask(client, team, end)]).then(() => {}) }
}

/** Calls begin at even distances; one that comes late does not make the next one early. */
function paced(perSecond: number): () => Promise<void> {
  let at = performance.now()
  return async () => {
    at = Math.max(at + 1_000 / perSecond, performance.now() - 1_000 / perSecond)
    await sleep(Math.max(0, at - performance.now()))
  }
}

async function train(
  client: Client,
  team: Team,
  made: Made,
  pace: () => Promise<void>,
  end: number,
): Promise<void> {
  const call = async (method: 'POST' | 'PATCH', path: string, body: object, key?: string) => {
    await pace()
    team.calls += 1
    const own = key === undefined ? {} : { key: `${made.number}-${key}` }
    return await client.call({ method, path, body: JSON.stringify(body), ...own })
  }
  const { number, project } = made
  const params = {
    lr: 0.1 / ((number % 7) + 1),
    layers: number % 5,
    model: 'resnet50',
    note: `try ${number}`,
  }
  const start = {
    project,
    name: `training ${number}`,
    owner: `ana-${number % 9}`,
    params,
    seed: number,
    heartbeat_s: 60,
  }
  const { run } = JSON.parse(await call('POST', '/api/v1/runs', start, 'start')) as {
    run: { id: string; number: number }
  }
  const sent: Sent = { made, id: run.id, number: run.number, steps: 0, batches: 0 }
  team.sent.push(sent)
  const at = `/api/v1/runs/${run.id}`
  for (let step = 0; step < made.steps && performance.now() < end; step++) {
    const points = Object.entries(stepValues(made, step)).map(([name, value]) => ({
      name,
      value,
      step,
      time: stepTime(step),
    }))
    await call('POST', `${at}/metrics`, { points }, `step-${step}`)
    sent.steps += 1
    if (step % made.batchEvery === made.batchEvery - 1) await sendBatch(call, at, sent)
    if (step % HEARTBEAT_EVERY === 0) await call('POST', `${at}/heartbeat`, {})
  }
  if (made.fails) await call('POST', `${at}/logs`, { lines: ['epoch 40', errorLine(made)] }, 'logs')
  await call('PATCH', at, { status: made.fails ? 'failed' : 'finished' }, 'end')
}

async function sendBatch(
  call: (method: 'POST', path: string, body: object, key: string) => Promise<unknown>,
  at: string,
  sent: Sent,
): Promise<void> {
  const { steps, times, values } = batchColumns(sent.made, sent.batches)
  const body = { steps, times, series: { [GRADIENTS]: Array.from(values) } }
  await call('POST', `${at}/metrics`, body, `batch-${sent.batches}`)
  sent.batches += 1
}

/** Somebody who asks four times a second: in chat's words, over HTTP, and on the pages. */
async function ask(client: Client, team: Team, end: number): Promise<void> {
  const pace = paced(4)
  while (performance.now() < end) {
    await pace()
    const known = team.sent.filter(({ steps }) => steps > 0)
    const sent = known[Math.floor(known.length / 2)]
    if (sent === undefined) continue
    const paths = pathsAbout(sent)
    await client.call({ method: 'GET', path: paths[team.questions % paths.length] ?? '' })
    team.questions += 1
  }
}

function pathsAbout({ id, number, made: { project } }: Sent): string[] {
  return [
    `/api/v1/ask?q=${encodeURIComponent(`best accuracy in ${project}`)}`,
    `/api/v1/ask?q=${encodeURIComponent(`leaderboard accuracy in ${project}`)}`,
    `/api/v1/ask?q=${encodeURIComponent(`show ${project}#${number}`)}`,
    `/api/v1/runs?project=${project}&limit=20`,
    `/api/v1/runs/${id}/metrics/accuracy`,
    `/p/${project}`,
    `/p/${project}/runs/${number}`,
  ]
}
