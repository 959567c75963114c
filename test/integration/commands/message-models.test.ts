import { afterAll, beforeAll, expect, it } from 'vitest'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { tick } from '../../../src/jobs/handlers/tick.ts'
import type { Message } from '../../../src/messages/model.ts'
import { asker } from '../../support/askers.ts'
import { outline } from '../../support/outline.ts'
import { handleEvents, markPosted } from '../../support/planned-posts.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logCurve, seedRuns } from '../../support/seed-runs.ts'
import { updateRun } from '../../support/write-one.ts'

/** Asked in this order of three runs, of which the last is the best and one runs. */
const ASKED = [
  ...['help', 'help best', 'projects', 'best accuracy in churn', 'leaderboard accuracy in churn'],
  ...['leaderboard val_loss in churn lr<0.1', 'show churn#2', 'compare churn#1 churn#2'],
  ...['plot accuracy churn#1 churn#2', 'runs in churn by:ana', 'running in churn'],
  ...['note churn#2 Warm-up **helps**, see `lr`', 'note churn#1..2 same seed', 'tag churn#2 ablation'],
  ...['star churn#2', 'unstar churn#2', 'learned "A leaky split flatters accuracy" churn#2', 'tried leaky'],
  ...['watch churn', 'watching', 'schedule leaderboard in churn mon 09:00 Europe/Berlin', 'schedules'],
  ...['report preview leaderboard in churn', 'goal accuracy max in churn', 'use churn', 'iam ana', 'whoami'],
  ...['runs by:me', 'admins', 'status', 'unschedule 1'],
]
const REFUSED = [
  ...[
    'best acuracy in churn',
    'best accuracy in chrun',
    'best speed in churn',
    'show churn#99',
    'bset accuracy',
  ],
  ...['runs in churn lr<<1', 'note churn#2', 'plot accuracy', 'unwatch other', 'tried leaky in nowhere'],
]

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  const code = (commit: string) => ({ repo: 'git@github.com:team/churn.git', commit: commit.repeat(40) })
  const data = [{ name: 'train.csv', version: 'md5:a1b2c3d4e5f6' }]
  await seedRuns(
    test,
    {
      project: 'churn',
      name: 'base',
      owner: 'bo',
      status: 'running',
      params: { lr: 0.1 },
      code: code('a'),
      data,
    },
    {
      project: 'churn',
      name: 'wide',
      owner: 'ana',
      status: 'running',
      params: { lr: 0.05 },
      code: code('b'),
      data,
    },
  )
  for (const [number, top] of [
    [1, 0.9],
    [2, 0.95],
  ] as const)
    await logCurve(
      test,
      `churn#${number}`,
      {
        accuracy: [10, 20, 30].map((step, at) => [step, top - 0.1 + at * 0.05]),
        val_loss: [10, 20, 30].map((step, at) => [step, 0.5 - at * 0.1]),
        speed: [[10, 7]],
      },
      'finished',
    )
  await seedRuns(test, {
    project: 'churn',
    owner: 'ana',
    status: 'running',
    heartbeat_s: 60,
    env: { gpu: 'H100', gpu_count: 2, host: 'node-1' },
    params: { max_steps: 100 },
  })
})
afterAll(() => test.close())

const ask = async (line: string) =>
  `/exp ${line}\n${outline((await dispatch(test.ctx, asker(), line)).message)}`

/** What the channel is told of what has happened since, in its words of now. */
async function posts(): Promise<string[]> {
  await handleEvents(test)
  const rows = await test.db.selectFrom('deliveries').select(['id', 'message']).orderBy('id').execute()
  return rows.map(({ message }) => outline(message as Message))
}

/** What is planned was posted long ago. */
async function post(): Promise<void> {
  await markPosted(test)
  test.advance(30 * 60_000)
}

it('every answer, refusal and post reads as it was looked at', async () => {
  const told: string[] = []
  for (const line of [...ASKED, ...REFUSED]) told.push(await ask(line))
  expect(told.join('\n\n')).toMatchSnapshot('answers')

  await posts()
  await seedRuns(test, {
    project: 'churn',
    name: 'deep',
    owner: 'ana',
    metrics: { accuracy: 0.96 },
    params: { lr: 0.01 },
  })
  await posts()
  await post()
  await seedRuns(
    test,
    { project: 'churn', owner: 'bo', metrics: { accuracy: 0.965 } },
    { project: 'churn', owner: 'bo', metrics: { accuracy: 0.97 } },
  )
  await posts()
  await post()
  await seedRuns(test, { project: 'churn', owner: 'bo', status: 'running' })
  await transaction(test.db, async (trx) =>
    updateRun(trx, test.ctx, { name: 'bo', origin: 'test' }, await findRun(test.ctx, 'churn#7'), {
      status: 'failed',
    }),
  )
  await posts()
  await tick(test.ctx)
  await posts()
  await post()
  const after = [await ask('invalidate churn#6 label leak'), ...(await posts())]
  await post()
  after.push(
    await ask('show churn#6'),
    await ask('best accuracy in churn'),
    await ask('invalidate undo churn#6'),
  )
  expect([...after, ...(await posts())].join('\n\n')).toMatchSnapshot('posts')
})
