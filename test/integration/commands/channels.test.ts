import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandOf, dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { subscribedChannels } from '../../../src/domain/channels/subscribed-channels.ts'
import { planDelivery } from '../../../src/domain/deliveries/plan.ts'
import { message } from '../../../src/messages/build.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  // A Tuesday.
  test = await createTestContext(new Date('2026-11-24T10:00:00.000Z'))
  await seedRuns(test, { project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
})
afterAll(() => test.close())

const say = (line: string, who = asker()): Promise<Reply> => dispatch(test.ctx, who, line)
const outside = asker({
  membership: async () => ({ canPost: false, reason: 'Not a member.', fix: 'Type /invite @expediter.' }),
})
const channel = () =>
  test.db.selectFrom('channels').selectAll().where('channel', '=', 'C1').executeTakeFirstOrThrow()
const hearing = async (event: string) =>
  (await transaction(test.db, (trx) => subscribedChannels(trx, test.ctx, 'churn', event))).length

describe('watch', () => {
  it('subscribes to bests and failures, lists them in three ways, and stops (B13)', async () => {
    expect(wordsOf((await say('watching')).message)).toContain('watches nothing')
    await say('watch churn')
    expect([await hearing('best'), await hearing('failed'), await hearing('killed')]).toEqual([1, 1, 0])
    await say('watch churn best,killed')
    expect([await hearing('best'), await hearing('failed'), await hearing('killed')]).toEqual([1, 0, 1])
    for (const line of ['watch', 'watching', 'WATCHING']) {
      expect((await say(line)).data).toEqual({ watches: [{ project: 'churn', events: ['best', 'killed'] }] })
    }
    await say('unwatch churn')
    expect(await hearing('best')).toBe(0)
    expect((await say('unwatch churn')).message.kind).toBe('error')
  })

  it('takes a project without runs, and says what it may have meant', async () => {
    const { message, data } = await say('watch chrun')
    expect(data).toMatchObject({ project: 'chrun', known: false, suggestions: ['churn'] })
    expect(wordsOf(message)).toMatch(/no runs yet.*Did you mean churn/)
    expect(buttonsOf(message)[0]?.action).toEqual({ do: 'ask', line: 'watch churn best,failed' })
    await say('unwatch chrun')
  })

  it('takes events alone for the project that the channel is about', async () => {
    expect((await say('watch failed')).data).toMatchObject({ project: 'churn', events: ['failed'] })
    expect((await say('watch "failed"')).data).toMatchObject({ project: 'failed' })
    await say('unwatch churn')
    await say('unwatch failed')
  })

  it('names an event that it does not know', async () => {
    expect(wordsOf((await say('watch churn bets')).message)).toContain('bets')
  })

  it('is refused where the bot cannot post, and says how to invite it', async () => {
    for (const line of ['watch churn', 'schedule leaderboard in churn mon 09:00']) {
      const { message } = await say(line, outside)
      expect([message.kind, wordsOf(message).includes('/invite @expediter')]).toEqual(['error', true])
    }
    expect(await hearing('best')).toBe(0)
  })

  it('resumes a paused route', async () => {
    const { id } = await channel()
    await test.db
      .updateTable('channels')
      .set({ refusals: 5, paused_at: test.ctx.clock.now(), pause_reason: 'gone' })
      .where('id', '=', id)
      .execute()
    expect(await hearing('best')).toBe(0)
    await say('watch churn')
    expect(await channel()).toMatchObject({ refusals: 0, paused_at: null })
    expect(await hearing('best')).toBe(1)
  })
})

describe('the mute button of a message', () => {
  it('silences that rule here for a day; everything else still speaks (B10)', async () => {
    const { id } = await channel()
    const alert = message('record', 'New best', [
      {
        type: 'buttons',
        buttons: [{ id: 'mute', label: 'Mute', action: { do: 'mute', rule: 'best', project: 'churn' } }],
      },
    ])
    const delivery = await transaction(test.db, (trx) =>
      planDelivery(trx, test.ctx, {
        channelId: id,
        rule: 'best',
        subject: 'run:1',
        state: 'new',
        message: alert,
      }),
    )
    for (const _twice of [1, 2])
      expect(await press(test.ctx, asker(), `d:${delivery}`, 'mute')).toMatchObject({ kind: 'notice' })
    expect([await hearing('best'), await hearing('failed')]).toEqual([0, 1])
    test.advance(24 * 3_600_000 + 1)
    expect(await hearing('best')).toBe(1)
  })
})

describe('schedule', () => {
  it('says the zone and the first slot, lists and stops by number (F1)', async () => {
    const { message, data } = await say('schedule leaderboard in churn mon 09:00 Europe/Berlin')
    expect(wordsOf(message)).toContain('every Monday at 09:00 (Europe/Berlin)')
    expect(data).toMatchObject({ project: 'churn', next: '2026-11-30T08:00:00.000Z' })
    const { id } = data as { id: number }
    for (const line of ['schedule', 'schedules'])
      expect((await say(line)).data).toMatchObject({ schedules: [{ id, zone: 'Europe/Berlin' }] })
    expect((await say(`unschedule ${id + 1}`)).message.kind).toBe('error')
    expect((await say(`unschedule ${id}`, asker({ channel: 'C2' }))).message.kind).toBe('error')
    await say(`unschedule ${id}`)
    expect((await say('schedules')).data).toEqual({ schedules: [] })
  })

  it('says UTC aloud when no zone is said', async () => {
    const { message, data } = await say('schedule leaderboard weekdays 18:30')
    expect(wordsOf(message)).toContain('(UTC)')
    expect(data).toMatchObject({ project: null, days: [1, 2, 3, 4, 5], zone: 'UTC' })
  })

  it.each([
    'schedule leaderboard',
    'schedule leaderboard mon',
    'schedule leaderboard mon 25:00',
    'schedule leaderboard mon 09:00 Mars/Base',
    'schedule digest mon 09:00',
  ])('refuses: %s', async (line) => {
    expect((await say(line)).message.kind).toBe('error')
  })

  it('previews without using a slot (F7)', async () => {
    const before = await test.db.selectFrom('schedules').selectAll().execute()
    const { message } = await say('report preview leaderboard in churn')
    expect(wordsOf(message)).toMatch(/churn#1.*0\.9/)
    expect(await test.db.selectFrom('schedules').selectAll().execute()).toEqual(before)
    expect(wordsOf((await say('report preview')).message)).toContain('churn')
  })
})

describe('what a line changes', () => {
  it.each([
    ['watch', false],
    ['watching', false],
    ['schedules', false],
    ['watch churn', true],
    ['unschedule 3', true],
    ['goal accuracy max', true],
    ['best accuracy', false],
  ])('%s: %s', (line, changes) => {
    expect(commandOf(line)?.changes).toBe(changes)
  })
})

describe('status', () => {
  it('says what waits since when, and how each channel does (G7)', async () => {
    const own = await createTestContext(new Date('2026-11-24T10:00:00.000Z'))
    try {
      const ask = (line: string, who = asker()) => dispatch(own.ctx, who, line)
      const empty = await ask('status')
      expect(wordsOf(empty.message)).toMatch(/Nothing waits.*none waits.*No channel hears of anything yet/s)
      await ask('watch churn')
      await ask('watch churn', asker({ channel: 'C2', channelName: 'loud' }))
      const [first, second] = await own.db.selectFrom('channels').select('id').orderBy('id').execute()
      const plan = (channelId: number, subject: string) =>
        transaction(own.db, (trx) =>
          planDelivery(trx, own.ctx, {
            channelId,
            rule: 'best',
            subject,
            state: 'new',
            message: message('best', 'x', []),
          }),
        )
      await plan(first?.id ?? 0, 'run:1')
      await own.db.updateTable('deliveries').set({ status: 'sent', sent_at: own.ctx.clock.now() }).execute()
      own.advance(60_000)
      await plan(first?.id ?? 0, 'run:2')
      own.advance(120_000)
      await own.db
        .updateTable('channels')
        .set({ paused_at: own.ctx.clock.now(), pause_reason: 'not_in_channel' })
        .where('id', '=', second?.id ?? 0)
        .execute()
      const failed = await plan(first?.id ?? 0, 'run:3')
      await own.db
        .updateTable('deliveries')
        .set({ status: 'failed', last_error: 'cannot be drawn: no text' })
        .where('id', '=', failed ?? 0)
        .execute()
      const { message: told, data } = await ask('status')
      expect(data).toMatchObject({
        events: { waiting: 0, oldest_at: null },
        messages: { waiting: 1, oldest_at: '2026-11-24T10:01:00.000Z' },
        failed: { count: 1, error: 'cannot be drawn: no text' },
        channels: [
          { name: 'loud', paused_at: '2026-11-24T10:03:00.000Z', last_post_at: null, waiting: 0 },
          { channel: 'C1', paused_at: null, last_post_at: '2026-11-24T10:00:00.000Z', waiting: 1 },
        ],
      })
      expect(told.tone).toBe('warning')
      const words = wordsOf(told)
      expect(words).toContain('1 channel is paused, 1 waiting')
      expect(words).toContain('1 waiting, the oldest for 2 min')
      expect(words).toContain('paused: not_in_channel')
      expect(words).toContain('1 in 24 h, the last one to slack C1: cannot be drawn: no text')
      expect((await ask('status', asker({ projectId: 1 }))).message.kind).toBe('error')
      await ask('admins add <@U1|ana>')
      expect((await ask('status')).message.kind).toBe('status')
      expect(wordsOf((await ask('status', asker({ userId: 'U2' }))).message)).toContain(
        'Only admins may see how each channel does: ana',
      )
    } finally {
      await own.close()
    }
  })
})
