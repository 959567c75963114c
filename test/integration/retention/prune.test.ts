import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { press } from '../../../src/bots/press.ts'
import type { Checkpoint } from '../../../src/context.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { dueChores } from '../../../src/domain/chores.ts'
import { prune } from '../../../src/domain/retention/prune.ts'
import type { Message, MessageRef } from '../../../src/messages/model.ts'
import { asker, buttonsOf } from '../../support/askers.ts'
import { type Instance, startInstance } from '../../support/instance.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

const DAY_MS = 24 * 3_600_000
const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }
const ACTOR = { name: 'ana', origin: 'test' }
const bounds = (pieces = 100) => ({ pieces, stopping: new AbortController().signal })

describe('pruning', () => {
  let test: TestContext
  beforeAll(async () => {
    test = await createTestContext()
  })
  afterAll(() => test.close())

  const answers = async () =>
    (await test.db.selectFrom('answers').select('id').orderBy('id').execute()).map(({ id }) => id)
  const addAnswers = async (from: number, count: number) => {
    const rows = Array.from({ length: count }, (_, index) => ({
      id: `a${from + index}`,
      line: 'best accuracy',
      message: '{}',
      platform: 'console',
      workspace: '',
      channel: 'console',
      user_id: 'ana',
      created_at: test.ctx.clock.now(),
      shared_at: null,
    }))
    await test.db.insertInto('answers').values(rows).execute()
  }

  it('forgets in bounded pieces, and is due again after an hour', async () => {
    await addAnswers(0, 2_500)
    test.advance(DAY_MS)
    await addAnswers(10_000, 3)
    expect(await prune(test.ctx, bounds(2))).toBe(true)
    expect(await answers()).toHaveLength(1_503)
    expect(await dueChores(test.ctx)).toEqual(['prune'])
    expect(await prune(test.ctx, bounds())).toBe(false)
    expect(await answers()).toEqual(['a10000', 'a10001', 'a10002'])
    expect(await dueChores(test.ctx)).toEqual([])
    test.advance(3_600_000)
    expect(await dueChores(test.ctx)).toEqual(['prune'])
  })

  it('is done by one at a time, and by another when the first has died', async () => {
    test.advance(DAY_MS)
    let second: Promise<boolean> | undefined
    const dying = {
      ...test.ctx,
      checkpoint: (name: Checkpoint) => {
        if (name !== 'prune.piece-done') return
        second = prune(test.ctx, bounds())
        throw new Error('ended here')
      },
    }
    await expect(prune(dying, bounds())).rejects.toThrow('ended here')
    expect(await second).toBe(false)
    expect(await answers()).toHaveLength(3)
    expect(await dueChores(test.ctx)).toEqual([])
    test.advance(60_000)
    expect(await prune(test.ctx, bounds())).toBe(false)
    expect(await answers()).toEqual([])
  })

  it('begins nothing more when the process ends, and passes over rows that somebody works on', async () => {
    await addAnswers(20_000, 2)
    test.advance(2 * DAY_MS)
    expect(await prune(test.ctx, { pieces: 100, stopping: AbortSignal.abort() })).toBe(true)
    expect(await answers()).toHaveLength(2)
    await test.db.transaction().execute(async (trx) => {
      await trx.selectFrom('answers').select('id').where('id', '=', 'a20000').forUpdate().execute()
      expect(await prune(test.ctx, bounds())).toBe(false)
    })
    expect(await answers()).toEqual(['a20000'])
  })

  it('takes each table after its own time', async () => {
    const now = test.ctx.clock.now()
    const ago = (ms: number) => new Date(now.getTime() - ms)
    const { id: channel } = await test.db
      .insertInto('channels')
      .values({ ...CONSOLE, created_at: now })
      .returning('id')
      .executeTakeFirstOrThrow()
    for (const [name, ms] of [
      ['young', -1],
      ['old', 0],
    ] as const) {
      await test.db
        .insertInto('idempotency_keys')
        .values({ scope: name, key: 'k', request_hash: 'h', created_at: ago(DAY_MS + ms) })
        .execute()
      await test.db
        .insertInto('events_seen')
        .values({ platform: 'slack', key: name, seen_at: ago(7 * DAY_MS + ms) })
        .execute()
      await test.db
        .insertInto('mutes')
        .values({ channel_id: channel, rule: name, project: 'churn', until: ago(ms), created_by: 'ana' })
        .execute()
      await test.db
        .insertInto('web_sessions')
        .values({ hash: name, token_id: null, created_at: ago(DAY_MS), expires_at: ago(ms) })
        .execute()
      await test.db
        .insertInto('console_messages')
        .values({ ref: name, message: '{}', posted_at: ago(365 * DAY_MS + ms) })
        .execute()
    }
    await test.db.updateTable('chores').set({ due_at: now }).execute()
    expect(await prune(test.ctx, bounds())).toBe(false)
    const left = await Promise.all([
      test.db.selectFrom('idempotency_keys').select('scope as name').execute(),
      test.db.selectFrom('events_seen').select('key as name').execute(),
      test.db.selectFrom('mutes').select('rule as name').execute(),
      test.db.selectFrom('web_sessions').select('hash as name').execute(),
      test.db.selectFrom('console_messages').select('ref as name').execute(),
    ])
    expect(left).toEqual(left.map(() => [{ name: 'young' }]))
  })
})

describe('messages after a year', () => {
  let instance: Instance
  afterEach(() => instance.stop())

  const posts = async () =>
    await instance.app.ctx.db
      .selectFrom('console_messages')
      .select(['ref', 'parent_id', 'message', 'edited_at'])
      .orderBy('id')
      .execute()
  const kinds = async () => (await posts()).map(({ message }) => (message as Message).kind)
  const pressFirst = async (ref: string, message: unknown) => {
    const [button] = buttonsOf(message as Message)
    return await press(instance.app.ctx, asker(CONSOLE), ref as MessageRef, button?.id ?? '')
  }

  it('go, but for the one that a new record will change; the audit stays', async () => {
    instance = await startInstance()
    const { ctx } = instance.app
    await watchProject(ctx, ACTOR, CONSOLE, { project: 'churn', events: ['best', 'failed'], by: 'ana' })
    for (const accuracy of [0.5, 0.6, 0.7]) {
      await instance.finish({ project: 'churn', metrics: { accuracy } })
      instance.clock.advance(300_000)
      const count = Math.round((accuracy - 0.5) * 10)
      await expect.poll(async () => (await kinds()).length, { timeout: 10_000 }).toBe(count)
    }
    const started = (await (await instance.api('POST', '/api/v1/runs', { project: 'churn' })).json()) as {
      run: { id: string }
    }
    await instance.api('POST', `/api/v1/runs/${started.run.id}/logs`, { lines: ['out of memory'] })
    await instance.api('PATCH', `/api/v1/runs/${started.run.id}`, { status: 'failed' })
    await expect.poll(kinds, { timeout: 10_000 }).toEqual(['record', 'record', 'failure', 'failure-details'])
    const audited = (await ctx.db.selectFrom('audit').select('id').execute()).length
    const [overtaken, newest] = await posts()

    instance.clock.advance(366 * DAY_MS)
    await expect.poll(kinds, { timeout: 10_000 }).toEqual(['record'])
    expect((await posts())[0]?.ref).toBe(newest?.ref)
    expect(await ctx.db.selectFrom('deliveries').select('id').execute()).toHaveLength(1)
    expect(await ctx.db.selectFrom('audit').select('id').execute()).toHaveLength(audited)
    expect(await pressFirst(newest?.ref ?? '', newest?.message)).toMatchObject({ kind: 'reply' })
    expect(await pressFirst(overtaken?.ref ?? '', overtaken?.message)).toEqual({
      kind: 'notice',
      text: 'This message is not kept any more: ask again with /exp.',
    })

    await instance.finish({ project: 'churn', metrics: { accuracy: 0.8 } })
    await expect.poll(async () => (await kinds()).length, { timeout: 10_000 }).toBe(2)
    const edited = async () => (await posts())[0]?.edited_at?.getTime()
    await expect.poll(edited, { timeout: 10_000 }).toBe(instance.clock.now().getTime())
    expect(JSON.stringify((await posts())[0]?.message)).toContain('0.8')
  }, 60_000)
})
