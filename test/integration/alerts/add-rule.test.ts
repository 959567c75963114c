import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { transaction } from '../../../src/db/transaction.ts'
import type { AlertRule } from '../../../src/domain/alerts/rules/rule.ts'
import { emit, type Events } from '../../../src/events.ts'
import { buttons, header, message } from '../../../src/messages/build.ts'
import type { Message } from '../../../src/messages/model.ts'
import { asker, wordsOf } from '../../support/askers.ts'
import { handleEvents } from '../../support/planned-posts.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const { rendered } = vi.hoisted(() => ({ rendered: [] as string[] }))

/** A rule of these tests: a project is silent from a lost run on until the run writes again. */
vi.mock('../../../src/domain/alerts/rules/index.ts', async (load) => {
  const silent: AlertRule<Record<string, never>> = {
    name: 'silent',
    words: { events: ['silence'], help: 'silence' },
    byDefault: false,
    topics: ['run.failed', 'run.returned'],
    resolves: true,
    decide: (_trx, _ctx, { topic, payload: { projectId } }) => [
      topic === 'run.returned'
        ? { kind: 'resolves', projectId, key: 'all', data: undefined }
        : {
            kind: 'fires',
            project: { id: projectId, name: 'churn' },
            subject: `project:${projectId}`,
            state: 'silent',
            parts: [{ key: 'all', members: {} }],
            data: undefined,
          },
    ],
    render: (_trx, _ctx, { parts: [part] }) => {
      const title = part?.state === 'firing' ? 'churn is silent' : 'churn speaks again'
      rendered.push(title)
      const action = { do: 'mute' as const, rule: 'silent', project: 'churn' }
      return message('silent', title, [header(title), buttons({ id: 'mute', label: 'Mute', action })])
    },
  }
  const { RULES } = await load<{ RULES: AlertRule[] }>()
  return { RULES: [...RULES, silent] }
})

let test: TestContext
let key: Events['run.returned']

beforeEach(async () => {
  rendered.length = 0
  test = await createTestContext()
  await seedRuns(test, { project: 'churn', status: 'running' })
  const run = await test.db.selectFrom('runs').select(['id', 'project_id']).executeTakeFirstOrThrow()
  key = { projectId: run.project_id, runId: run.id }
})
afterEach(() => test.close())

const in1 = asker()
const say = async (line: string, who = in1) => (await dispatch(test.ctx, who, line)).message

async function happen(topic: 'run.failed' | 'run.returned'): Promise<void> {
  test.advance(60_000)
  await transaction(test.db, (trx) =>
    topic === 'run.failed'
      ? emit(trx, test.ctx, topic, { ...key, status: 'lost' })
      : emit(trx, test.ctx, topic, key),
  )
  await handleEvents(test)
}

async function posts(): Promise<{ id: number; channel: string; says: string; state: string }[]> {
  const rows = await test.db
    .selectFrom('deliveries')
    .innerJoin('channels', 'channels.id', 'deliveries.channel_id')
    .select(['deliveries.id', 'channels.channel', 'deliveries.message', 'deliveries.state'])
    .where('rule', '=', 'silent')
    .orderBy('deliveries.id')
    .execute()
  return rows.map(({ message: stored, ...row }) => ({ ...row, says: (stored as Message).fallback }))
}

it('a rule in the list is watched, planned and muted, and its words follow', async () => {
  expect(wordsOf(await say('help watch'))).toContain('best,failed,killed,silent')
  expect(wordsOf(await say('watch churn silant'))).toContain('silent')
  expect((await say('watch churn killed,silent')).fallback).toBe(
    'This channel hears of killed runs and silence in churn.',
  )
  await happen('run.failed')
  const [post] = await posts()
  expect(post).toMatchObject({ channel: 'C1', says: 'churn is silent' })
  expect(await press(test.ctx, in1, `d:${post?.id}`, 'mute')).toEqual({
    kind: 'notice',
    text: 'Muted for 24 h in this channel: silence of churn. /exp watch churn ends it earlier.',
  })
  await happen('run.returned')
  await happen('run.failed')
  expect(await posts()).toHaveLength(1)
})

it('fires once, resolves by an edit, and fires again as a new episode with a message of its own', async () => {
  await say('watch churn silent')
  await happen('run.failed')
  await happen('run.failed')
  expect((await posts()).map(({ says }) => says)).toEqual(['churn is silent'])
  await happen('run.returned')
  await happen('run.returned')
  expect((await posts()).map(({ says }) => says)).toEqual(['churn speaks again'])
  await happen('run.failed')
  const both = await posts()
  expect(both.map(({ says }) => says)).toEqual(['churn speaks again', 'churn is silent'])
  const episodes = await test.db
    .selectFrom('episodes')
    .select(['id', 'state', 'delivery_id'])
    .orderBy('id')
    .execute()
  expect(episodes.map(({ state }) => state)).toEqual(['resolved', 'firing'])
  expect(both.map(({ state }) => state)).toEqual(episodes.map(({ id }) => `silent:${id}`))
})

it('is rendered once for all channels whose messages say the same', async () => {
  for (const channel of ['C1', 'C2', 'C3']) await say('watch churn silent', asker({ channel }))
  await happen('run.failed')
  expect(await posts()).toHaveLength(3)
  expect(rendered).toEqual(['churn is silent'])
  await happen('run.returned')
  expect(rendered).toEqual(['churn is silent', 'churn speaks again'])
})
