import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import type { Message } from '../../../src/messages/model.ts'
import { asker, wordsOf } from '../../support/askers.ts'
import { handleEvents, markPosted } from '../../support/planned-posts.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'
import { startRun } from '../../support/write-one.ts'

let test: TestContext
let project: string
let counter = 0

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())
beforeEach(async () => {
  project = `churn${++counter}`
  await watchProject(
    test.ctx,
    { name: 'ana', origin: 'test' },
    { platform: 'console', workspace: '', channel: 'console' },
    { project, events: ['best'], by: 'ana' },
  )
})

const say = (line: string): Promise<Reply> => dispatch(test.ctx, asker(), line)
// biome-ignore lint: tests look into data of every shape
const dataOf = async (line: string): Promise<any> => (await say(line)).data

/** Runs finish a quarter of an hour apart, each told of before the next one. */
async function finish(...values: number[]): Promise<void> {
  for (const accuracy of values) {
    test.advance(15 * 60_000)
    await seedRuns(test, { project, owner: 'ana', metrics: { accuracy } })
    await handleEvents(test)
    await markPosted(test)
  }
}

/** The new-best message of a run, in words. */
async function told(number: number): Promise<string> {
  return wordsOf(await messageOf(number))
}

async function messageOf(number: number): Promise<Message> {
  const id = await runId(number)
  const own = await test.db
    .selectFrom('deliveries')
    .select('message')
    .where('rule', '=', 'best')
    .where('subject', '=', `run:${id}`)
    .executeTakeFirstOrThrow()
  return own.message as Message
}

/** Without its picture, which shows the records as they are when it is drawn. */
async function wordsOnly(number: number): Promise<Message> {
  const message = await messageOf(number)
  return { ...message, blocks: message.blocks.filter(({ type }) => type !== 'chart') }
}

async function runId(number: number): Promise<string> {
  const row = await test.db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select('runs.id')
    .where('projects.name', '=', project)
    .where('runs.number', '=', number)
    .executeTakeFirstOrThrow()
  return row.id
}

async function records(): Promise<number[]> {
  const rows = await test.db
    .selectFrom('records')
    .innerJoin('runs', 'runs.id', 'records.run_id')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select('runs.number')
    .where('projects.name', '=', project)
    .orderBy('records.id')
    .execute()
  return rows.map(({ number }) => number)
}

const board = async () =>
  (await dataOf(`leaderboard accuracy in ${project}`)).rows.map(
    ({ run }: { run: { ref: string } }) => run.ref,
  )

describe('a run that was made invalid', () => {
  it('leaves every board and gives its record back, and says so (D5)', async () => {
    await finish(0.9, 0.91, 0.95, 0.93)
    expect(await records()).toEqual([1, 2, 3])
    const reply = await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    expect(await records()).toEqual([1, 2, 4])
    expect(await board()).toEqual([`${project}#4`, `${project}#2`, `${project}#1`])
    expect((await dataOf(`best accuracy in ${project}`)).rows[0].run.ref).toBe(`${project}#4`)
    expect((await dataOf(`best accuracy in ${project} status:finished`)).rows[0].run.ref).toBe(`${project}#4`)
    expect((await dataOf(`best accuracy in ${project} is:invalid`)).rows).toMatchObject([
      { run: { ref: `${project}#3` } },
    ])
    const words = wordsOf(reply.message)
    expect(words).toContain(`${project}#3 is invalid: label leak`)
    expect(words).toContain(`accuracy: the record is ${project}#4 with 0.93 (was ${project}#3 with 0.95)`)
    const show = wordsOf((await say(`show ${project}#3`)).message)
    expect(show).toMatch(/is invalid:\s+label leak \(ana\)/)
    expect(wordsOf((await say(`compare ${project}#2 ${project}#3`)).message)).toMatch(
      /#3 is invalid:\s+label leak/,
    )
    expect((await dataOf(`runs in ${project} is:invalid`)).runs).toMatchObject([
      { ref: `${project}#3`, invalid: { reason: 'label leak', by: 'ana' } },
    ])
  })

  it('has its message struck through, and the one it had beaten put right', async () => {
    await finish(0.9, 0.91, 0.95)
    expect(await told(2)).toContain('beaten by')
    await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    const message = await messageOf(3)
    expect(message.fallback).toMatch(/^Withdrawn: new best accuracy/)
    expect(message.blocks).toContainEqual({
      type: 'text',
      text: [{ type: 'text', text: expect.stringContaining('0.91 → 0.95'), style: 'strike' }],
    })
    expect(await told(3)).toMatch(/is invalid: label leak \(ana\)/)
    expect(await told(3)).toMatch(new RegExp(`The record of accuracy is again\\s+${project}#2\\s+with 0.91`))
    expect(await told(2)).not.toContain('beaten by')
    const audit = await test.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'run.invalidate')
      .execute()
    expect(audit.at(-1)).toMatchObject({
      actor: 'ana',
      origin: 'slack:T1',
      subject: `${project}#3`,
      details: { reason: 'label leak' },
    })
  })

  it('is no longer what later messages say they beat', async () => {
    await finish(0.9, 0.95, 0.96)
    expect(await told(3)).toContain('0.95 → 0.96')
    await say(`invalidate ${project}#2 label leak`)
    await handleEvents(test)
    expect(await told(3)).toContain('0.9 → 0.96')
    expect(await told(3)).not.toContain('0.95')
  })

  it('is beaten by the next record without a word of it, and that beats the former one', async () => {
    await finish(0.9, 0.91, 0.95)
    await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    await finish(0.92)
    expect(await told(4)).toContain('0.91 → 0.92')
    expect(await told(2)).toMatch(new RegExp(`beaten by \\s*${project}#4`))
    expect(await told(3)).not.toContain('beaten by')
  })

  it('counts again once that is undone, and every message is as if it had never been', async () => {
    await finish(0.9, 0.91, 0.95, 0.96)
    const before = await Promise.all([2, 3, 4].map(wordsOnly))
    const reply = await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    const pressed = await press(test.ctx, asker(), `a:${reply.answerId}`, 'undo')
    expect(pressed).toMatchObject({ kind: 'reply', reply: { data: { undo: true } } })
    await handleEvents(test)
    expect(await records()).toEqual([1, 2, 3, 4])
    expect(await Promise.all([2, 3, 4].map(wordsOnly))).toEqual(before)
    expect(wordsOf((await say(`invalidate undo ${project}#3`)).message)).toContain('is valid anyway')
  })

  it('puts right, once undone, what was said while it did not count', async () => {
    await finish(0.9, 0.91, 0.95)
    await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    await finish(0.92, 0.97)
    expect(await records()).toEqual([1, 2, 4, 5])
    await say(`invalidate ${project}#3 undo`)
    await handleEvents(test)
    expect(await records()).toEqual([1, 2, 3, 5])
    expect(await told(2)).toMatch(new RegExp(`beaten by \\s*${project}#3`))
    expect((await messageOf(4)).fallback).toMatch(/^Withdrawn/)
    expect(await told(4)).toMatch(new RegExp(`0.92 was no record:\\s+${project}#3\\s+had 0.95 already`))
    expect(await told(5)).toContain('0.95 → 0.97')
  })

  it('is not told of when that happened before anybody heard of its record', async () => {
    await finish(0.9)
    test.advance(60_000)
    await seedRuns(test, { project, metrics: { accuracy: 0.99 } })
    await say(`invalidate ${project}#2 label leak`)
    await handleEvents(test)
    const rows = await test.db
      .selectFrom('deliveries')
      .select('id')
      .where('rule', '=', 'best')
      .where('subject', '=', `run:${await runId(2)}`)
      .execute()
    expect(rows).toEqual([])
  })

  it('in a burst leaves the others standing', async () => {
    await finish(0.9)
    test.advance(15 * 60_000)
    await seedRuns(test, { project, metrics: { accuracy: 0.91 } }, { project, metrics: { accuracy: 0.95 } })
    await handleEvents(test)
    expect(await told(2)).toContain('2 new bests')
    await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    const words = await told(2)
    expect(words).toContain('New best accuracy')
    expect(words).toContain('0.9 → 0.91')
    expect(words).toMatch(/Not counted:.*0.95 is invalid: label leak/)
    expect((await messageOf(2)).about).toEqual([await runId(2)])
  })

  it('in a burst leaves the record to a later run that was never told of', async () => {
    await finish(0.9)
    test.advance(15 * 60_000)
    await seedRuns(test, { project, metrics: { accuracy: 0.91 } }, { project, metrics: { accuracy: 0.95 } })
    await handleEvents(test)
    await markPosted(test)
    const before = await wordsOnly(2)
    test.advance(15 * 60_000)
    await finish(0.93)
    await say(`invalidate ${project}#3 label leak`)
    await handleEvents(test)
    expect(await records()).toEqual([1, 2, 4])
    expect(await told(2)).toMatch(/Was best for 30 min.*beaten by\s+churn\d+#4\s+\(0\.93\)/)
    await say(`invalidate ${project}#3 undo`)
    await handleEvents(test)
    expect(await wordsOnly(2)).toEqual(before)
  })

  it('that runs yet is not ahead, and takes nothing when it finishes', async () => {
    await finish(0.9)
    await seedRuns(test, { project, status: 'running', metrics: { accuracy: 0.99 } })
    expect((await dataOf(`best accuracy in ${project}`)).ahead).toMatchObject({ ref: `${project}#2` })
    await say(`invalidate ${project}#2 wrong data`)
    expect((await dataOf(`best accuracy in ${project}`)).ahead).toBeNull()
    const { updateRun } = await import('../../support/write-one.ts')
    const row = await test.db
      .selectFrom('runs')
      .select(['id', 'project_id'])
      .where('id', '=', await runId(2))
      .executeTakeFirstOrThrow()
    const key = { projectId: row.project_id, runId: row.id }
    const actor = { name: 'x', origin: 'test' }
    const { records: set } = await transaction(test.db, (trx) =>
      updateRun(trx, test.ctx, actor, key, { status: 'finished' }),
    )
    expect(set).toEqual([])
    expect(await board()).toEqual([`${project}#1`])
    await say(`invalidate undo ${project}#2`)
    expect(await board()).toEqual([`${project}#2`, `${project}#1`])
  })

  it('works on lower-is-better metrics and on ranges, with every consequence told once', async () => {
    await seedMetric(test, { project, metric: 'loss', direction: 'min', primary: true })
    for (const loss of [0.5, 0.4, 0.3, 0.2]) await seedRuns(test, { project, metrics: { loss } })
    const reply = await say(`invalidate ${project}#3..4 wrong data`)
    expect(wordsOf(reply.message)).toContain(
      `loss: the record is ${project}#2 with 0.4 (was ${project}#4 with 0.2)`,
    )
    expect(wordsOf(reply.message)).toContain('are invalid: wrong data')
    const back = await say(`invalidate undo ${project}#3 #4`)
    expect(wordsOf(back.message)).toContain(`loss: the record is ${project}#4 with 0.2`)
  })

  it('is said by admins alone, once there are some', async () => {
    await finish(0.9)
    await test.db
      .insertInto('admins')
      .values({
        platform: 'slack',
        workspace: 'T1',
        kind: 'account',
        subject: 'U9',
        name: 'eva',
        named_by: 'x',
        created_at: new Date(),
      })
      .execute()
    const refused = await say(`invalidate ${project}#1 x`)
    expect(wordsOf(refused.message)).toContain('Only admins may mark runs invalid, or valid again: eva.')
    const eva = asker({ userId: 'U9', name: 'eva' })
    expect((await dispatch(test.ctx, eva, `invalidate ${project}#1 x`)).message.kind).toBe('invalidate')
    await test.db.deleteFrom('admins').execute()
  })

  it('needs a reason', async () => {
    await finish(0.9)
    expect(wordsOf((await say(`invalidate ${project}#1`)).message)).toContain('Say why')
    expect(wordsOf((await say('invalidate')).message)).toContain('Which run?')
  })
})

describe('answers that were shared', () => {
  it('say which of their runs do not count, and no longer once they do', async () => {
    await finish(0.9, 0.95)
    const reply = await say(`compare ${project}#1 ${project}#2`)
    await press(test.ctx, asker(), `a:${reply.answerId}`, 'share')
    const shared = async () => {
      const row = await test.db
        .selectFrom('deliveries')
        .select(['message', 'version'])
        .where('subject', '=', `answer:${reply.answerId}`)
        .executeTakeFirstOrThrow()
      return { words: wordsOf(row.message as Message), version: row.version }
    }
    const before = await shared()
    const receipt = await say(`invalidate ${project}#2 label leak`)
    await handleEvents(test)
    expect(wordsOf(receipt.message)).toContain(`${project}#1 against ${project}#2`)
    expect((await shared()).words).toMatch(new RegExp(`Invalid by now:\\s+${project}#2\\s+\\(label leak\\)`))
    await say(`invalidate ${project}#2 another reason`)
    await handleEvents(test)
    expect((await shared()).words).toMatch(/another reason/)
    expect((await shared()).words).not.toMatch(/label leak/)
    await say(`invalidate undo ${project}#2`)
    await handleEvents(test)
    expect(await shared()).toEqual({ words: before.words, version: before.version + 3 })
  })
})

describe('at the same time', () => {
  it('as runs finish and take the record, the chain is right and nobody waits for ever', async () => {
    await finish(0.5)
    const finishing = Array.from({ length: 12 }, (_, index) =>
      transaction(test.db, (trx) =>
        startRun(
          trx,
          test.ctx,
          { name: 'x', origin: 'test' },
          {
            project,
            status: 'finished',
            metrics: { accuracy: 0.6 + index / 100, loss: 1 - index / 100, f1: 0.6 + index / 100 },
          },
        ),
      ),
    )
    const settled = await Promise.all(
      finishing.map(async (done, index) => {
        const { number } = await done
        if (index % 3 === 0) await say(`invalidate ${project}#${number} race`)
        if (index % 6 === 0) await say(`invalidate undo ${project}#${number}`)
        return number
      }),
    )
    expect(settled).toHaveLength(12)
    const invalid = (await dataOf(`runs in ${project} is:invalid top 50`)).runs.map(
      ({ number }: { number: number }) => number,
    )
    expect(invalid).toHaveLength(2)
    const kept = await records()
    expect(kept.filter((number) => invalid.includes(number))).toEqual([])
    const rows = await test.db
      .selectFrom('metric_summaries')
      .innerJoin('runs', 'runs.id', 'metric_summaries.run_id')
      .innerJoin('projects', 'projects.id', 'runs.project_id')
      .select(['runs.number', 'metric_summaries.ranked'])
      .where('projects.name', '=', project)
      .execute()
    for (const { number, ranked } of rows)
      expect([number, ranked]).toEqual([number, !invalid.includes(number)])
    const best = (await dataOf(`best accuracy in ${project}`)).rows[0]
    const holder = await test.db
      .selectFrom('records')
      .innerJoin('metrics', 'metrics.id', 'records.metric_id')
      .innerJoin('projects', 'projects.id', 'records.project_id')
      .select('records.value')
      .where('projects.name', '=', project)
      .where('metrics.name', '=', 'accuracy')
      .orderBy('records.id', 'desc')
      .executeTakeFirstOrThrow()
    expect(holder.value).toBe(best.value)
    await handleEvents(test)
  })
})
