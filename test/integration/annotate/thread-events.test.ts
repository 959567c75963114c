import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ReceivedMessage,
  receiveDelete,
  receiveReaction,
  receiveReply,
  type MessageKey,
  runsOfMessage,
} from '../../../src/bots/thread-events.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { listNotes } from '../../../src/domain/notes/list-notes.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import type { RunKey } from '../../../src/db/tables.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { postedMessage } from '../../support/posted-message.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext
let key: RunKey
let second: RunKey

const WRITTEN = Date.parse('2026-11-24T10:00:00.000Z')
const place = (message: string): MessageKey => ({
  platform: 'slack',
  workspace: 'T1',
  channel: 'C1',
  message,
})
const reply = (message: string, text: string, changes: Partial<ReceivedMessage> = {}): ReceivedMessage => ({
  place: place(message),
  parent: '1700.1',
  text,
  account: 'U1',
  name: 'ana',
  permalink: `https://slack.example/${message}`,
  version: WRITTEN,
  ...changes,
})
const notes = () => listNotes(test.ctx, key, 100)
const noteAt = async (message: string) =>
  (await notes()).find(({ permalink }) => permalink === `https://slack.example/${message}`)

beforeAll(async () => {
  test = await createTestContext()
  const refs = await seedRuns(
    test,
    { project: 'churn', metrics: { accuracy: 0.9 } },
    { project: 'churn', metrics: { accuracy: 0.95 } },
  )
  ;[key, second] = (await Promise.all(refs.map((ref) => findRun(test.ctx, ref)))) as [RunKey, RunKey]
  await postedMessage(test, { message: '1700.1', about: [key.runId, second.runId] })
})
afterAll(() => test.close())

describe('a reply under a message of ours', () => {
  it('is a note on the run that the message is about first, with who, when and where (D2)', async () => {
    expect(await receiveReply(test.ctx, reply('1700.2', ' looks good '))).toBe('noted')
    expect(await noteAt('1700.2')).toMatchObject({
      text: 'looks good',
      author: 'ana',
      account: 'slack:T1:U1',
      runs: ['churn#1'],
      created_at: '2026-11-24T10:00:00.000Z',
      edited_at: null,
    })
    expect(await listNotes(test.ctx, second, 10)).toEqual([])
    expect(await receiveReply(test.ctx, reply('1700.2', ' looks good '))).toBe('known')
  })

  it('is nothing under what is not ours, or is about no run', async () => {
    await postedMessage(test, { message: '1700.9', about: [] })
    const before = (await notes()).length
    for (const parent of ['999.9', '1700.9'])
      expect(await receiveReply(test.ctx, reply('1700.10', 'hello', { parent }))).toBe('not-ours')
    for (const changed of [{ workspace: 'T2' }, { channel: 'C2' }, { platform: 'discord' as const }]) {
      const elsewhere = { place: { ...place('1700.11'), ...changed } }
      expect(await receiveReply(test.ctx, reply('1700.11', 'hello', elsewhere))).toBe('not-ours')
    }
    expect((await notes()).length).toBe(before)
  })

  it('carries the owner name of a linked account', async () => {
    await test.db.insertInto('people').values({ name: 'ana-lima', created_at: new Date() }).execute()
    const { id } = await test.db.selectFrom('people').select('id').executeTakeFirstOrThrow()
    await test.db
      .insertInto('people_accounts')
      .values({ platform: 'slack', workspace: 'T1', account: 'U7', person_id: id, created_at: new Date() })
      .execute()
    await receiveReply(test.ctx, reply('1700.20', 'by me', { account: 'U7', name: 'Ana L.' }))
    expect(await noteAt('1700.20')).toMatchObject({ author: 'ana-lima', account: 'slack:T1:U7' })
  })

  it('counts in a thread whose first message is ours, under our own details too', async () => {
    const { id } = await postedMessage(test, { message: '1701.1', about: [second.runId] })
    await postedMessage(test, { message: '1701.2', parentId: id })
    expect(await runsOfMessage(test.ctx, place('1701.2'))).toMatchObject({ runIds: [second.runId] })
  })

  it('has its secrets masked', async () => {
    await receiveReply(test.ctx, reply('1700.30', 'use password=hunter2hunter2 there'))
    expect((await noteAt('1700.30'))?.text).not.toContain('hunter2')
  })
})

describe('events of one message', () => {
  type Event = { do: 'write' | 'edit'; text: string; version: number } | { do: 'delete' }
  const hear = (message: string, event: Event) =>
    event.do === 'delete'
      ? receiveDelete(test.ctx, place(message))
      : receiveReply(test.ctx, reply(message, event.text, { version: event.version }))
  let counter = 0

  it('end in the same state in whatever order and number they come (D2)', async () => {
    const script = fc.record({
      edits: fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 3 }),
      deleted: fc.boolean(),
    })
    const cases = script.chain(({ edits, deleted }) => {
      const events: Event[] = [
        { do: 'write', text: 'first', version: WRITTEN },
        ...edits.map((at): Event => ({ do: 'edit', text: `edit ${at}`, version: WRITTEN + at * 1_000 })),
        ...(deleted ? [{ do: 'delete' } as const] : []),
      ]
      const last = Math.max(0, ...edits)
      const expected = deleted ? undefined : { text: last === 0 ? 'first' : `edit ${last}`, last }
      const played = fc
        .array(fc.constantFrom(...events), { maxLength: 4 })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        )
      return fc.record({ played, expected: fc.constant(expected) })
    })
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ played, expected }, together) => {
        const message = `1800.${++counter}`
        if (together) await Promise.all(played.map((event) => hear(message, event)))
        else for (const event of played) await hear(message, event)
        const note = await noteAt(message)
        if (expected === undefined) expect(note).toBeUndefined()
        else
          expect(note).toMatchObject({
            text: expected.text,
            created_at: new Date(WRITTEN).toISOString(),
            edited_at: expected.last === 0 ? null : new Date(WRITTEN + expected.last * 1_000).toISOString(),
          })
      }),
      fuzzRuns(60),
    )
  })

  it('are audited with where they came from, and no text stays of what was taken back', async () => {
    await receiveReply(test.ctx, reply('1900.1', 'a slip'))
    expect(await receiveDelete(test.ctx, place('1900.1'))).toBe(true)
    expect(await receiveDelete(test.ctx, place('1900.1'))).toBe(false)
    const rows = await test.db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(2).execute()
    expect(rows).toMatchObject([
      { action: 'note.delete', actor: 'ana', origin: 'slack:T1', subject: 'churn#1' },
      { action: 'note.add', actor: 'ana', origin: 'slack:T1', subject: 'churn#1' },
    ])
    const left = await test.db.selectFrom('notes').selectAll().where('text', 'like', '%slip%').execute()
    expect(left).toEqual([])
  })
})

describe('reactions', () => {
  let version = 1_000
  const react = (reaction: string, added: boolean, changes = {}) =>
    receiveReaction(test.ctx, {
      place: place('1700.1'),
      reaction,
      account: 'U1',
      name: 'ana',
      added,
      version: ++version,
      ...changes,
    })
  const labels = async () =>
    (
      await test.db
        .selectFrom('run_labels')
        .select('label')
        .where('run_id', '=', key.runId)
        .where('present', '=', true)
        .orderBy('label')
        .execute()
    ).map(({ label }) => label)

  it('are labels by name and by emoji, and go with the last of them (D3)', async () => {
    expect(await react('trophy', true)).toEqual({ label: 'keep', done: true })
    expect(await react('🏆', true, { account: 'U2', name: 'bob' })).toEqual({ label: 'keep', done: true })
    expect(await react(':test_tube:', true)).toEqual({ label: 'ablation', done: true })
    expect(new Set(await labels())).toEqual(new Set(['ablation', 'keep']))
    await react('trophy', false)
    expect(await labels()).toContain('keep')
    await react('🏆', false, { account: 'U2', name: 'bob' })
    expect(await labels()).toEqual(['ablation'])
    await react('test_tube', false)
    expect(await labels()).toEqual([])
  })

  it('mean nothing when they are others, or stand elsewhere', async () => {
    expect(await react('party_blob', true)).toBeUndefined()
    expect(await react('trophy', true, { place: place('31.4') })).toBeUndefined()
  })

  it('end in the same state in whatever order and number they come', async () => {
    const words = fc.uniqueArray(
      fc.record({
        account: fc.constantFrom('U1', 'U2'),
        added: fc.boolean(),
        at: fc.integer({ min: 1, max: 99 }),
      }),
      { minLength: 1, maxLength: 6, selector: ({ at }) => at },
    )
    const orders = words.chain((list) =>
      fc.record({
        list: fc.constant(list),
        played: fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
      }),
    )
    let base = 10_000
    await fc.assert(
      fc.asyncProperty(orders, async ({ list, played }) => {
        base += 1_000
        for (const { account, added, at } of played)
          await react('trophy', added, { account, version: base + at })
        const newest = Map.groupBy(list, ({ account }) => account)
          .values()
          .map((own) => own.toSorted((a, b) => b.at - a.at)[0]?.added)
        // Who says nothing in this round keeps the last word.
        const silent = ['U1', 'U2'].filter((account) => !list.some((word) => word.account === account))
        const kept = await test.db
          .selectFrom('run_labels')
          .select('present')
          .where('account', 'in', ['', ...silent.map((account) => `slack:T1:${account}`)])
          .where('label', '=', 'keep')
          .execute()
        const expected = [...newest].includes(true) || kept.some(({ present }) => present)
        expect((await labels()).includes('keep')).toBe(expected)
      }),
      fuzzRuns(40),
    )
  })

  it('that say invalid take the run off the boards, and undo only what they did', async () => {
    const ranked = () =>
      test.db
        .selectFrom('metric_summaries')
        .select('ranked')
        .where('run_id', '=', key.runId)
        .executeTakeFirst()
    const run = () =>
      test.db.selectFrom('runs').selectAll().where('id', '=', key.runId).executeTakeFirstOrThrow()
    expect(await react('no_entry', true)).toEqual({ label: 'invalid', done: true })
    expect(await run()).toMatchObject({ invalid_reason: 'marked ⛔ by ana', invalidated_by: 'ana' })
    expect(await ranked()).toEqual({ ranked: false })
    await react('🚫', true, { account: 'U2', name: 'bob' })
    await react('no_entry', false)
    expect(await run()).toMatchObject({ invalid_reason: 'marked 🚫 by bob', invalidated_by: 'bob' })
    await react('no_entry_sign', false, { account: 'U2', name: 'bob' })
    expect(await run()).toMatchObject({ invalidated_at: null, invalid_reason: null })
    expect(await ranked()).toEqual({ ranked: true })
  })

  it('that say invalid need the right to, and say who has it', async () => {
    await transaction(test.db, (trx) =>
      trx
        .insertInto('admins')
        .values({
          platform: 'slack',
          workspace: 'T1',
          kind: 'account',
          subject: 'U5',
          name: 'eva',
          named_by: 'x',
          created_at: new Date(),
        })
        .execute(),
    )
    expect(await react('no_entry', true)).toEqual({
      label: 'invalid',
      done: false,
      refusal: 'Only admins may mark runs invalid, or valid again: eva.',
    })
    expect(await labels()).not.toContain('invalid')
    expect(await react('no_entry', true, { account: 'U5', name: 'eva' })).toMatchObject({ done: true })
    expect(await react('no_entry', false, { account: 'U5', name: 'eva' })).toMatchObject({ done: true })
    expect(await labels()).not.toContain('invalid')
  })
})
