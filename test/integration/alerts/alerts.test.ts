import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import type { Message } from '../../../src/messages/model.ts'
import { createTestClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }

let instance: Instance
let clock: TestClock

beforeEach(async () => {
  clock = createTestClock()
  instance = await startInstance({}, { clock })
  await watchProject(instance.app.ctx, { name: 'ana', origin: 'test' }, CONSOLE, {
    project: 'churn',
    events: ['best', 'failed', 'killed'],
    by: 'ana',
  })
})
afterEach(() => instance.stop())

interface Shown {
  id: number
  parent_id: number | null
  text: string
  message: Message
}

async function shown(): Promise<Shown[]> {
  const rows = await instance.app.ctx.db.selectFrom('console_messages').selectAll().orderBy('id').execute()
  return rows.map(({ id, parent_id, message }) => ({
    id,
    parent_id,
    message: message as Message,
    text: JSON.stringify(message),
  }))
}

/** Every event is handled and every post is out; edits that are due later may be left. */
async function quiet(): Promise<void> {
  const { db } = instance.app.ctx
  await expect
    .poll(
      async () => {
        const events = await db.selectFrom('outbox').select('id').execute()
        const open = await db
          .selectFrom('deliveries')
          .select('id')
          .where((eb) =>
            eb.or([eb('status', 'in', ['planned', 'sending']), eb('edit_due_at', '<=', clock.now())]),
          )
          .execute()
        return events.length + open.length
      },
      { timeout: 20_000 },
    )
    .toBe(0)
}

const finish = (accuracy: number | string, more: Record<string, unknown> = {}) =>
  instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy }, ...more })

async function fail(lines: string[], owner = 'bo'): Promise<string> {
  const { run } = await instance.finish({ project: 'churn', owner, status: 'running' })
  await instance.api('POST', `/api/v1/runs/${run.id}/logs`, { lines })
  await instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
  return run.ref
}

describe('new bests', () => {
  it('say when the data are not the same, by both versions', async () => {
    const data = (version: string) => ({ data: [{ name: 'train.csv', version }] })
    await finish(0.9, data('md5:a1b2'))
    await finish(0.95, data('md5:c3d4'))
    await quiet()
    clock.advance(120_000)
    await finish(0.96, data('md5:c3d4'))
    await quiet()
    const posts = (await shown()).filter(({ message }) => message.kind === 'record')
    expect(posts).toHaveLength(2)
    expect(posts[0]?.text).toContain('not comparable with churn#1 as they stand')
    expect(posts[0]?.text).toContain('data differs: train.csv md5:a1b2 → md5:c3d4')
    expect(posts[0]?.message).toMatchObject({
      tone: 'warning',
      fallback: expect.stringContaining('data differs'),
    })
    expect(posts[1]?.text).not.toContain('comparable')
    expect(posts[1]?.message.tone).toBe('good')
  })

  it('tell old, new, difference and what changed', async () => {
    await finish(0.9, {
      params: { lr: 0.1, model: { depth: 2 } },
      data: [{ name: 'train.csv', version: 'md5:a1b2' }],
    })
    await finish(0.95, {
      params: { lr: 0.01, model: { depth: 2 } },
      data: [{ name: 'train.csv', version: 'md5:c3d4' }],
    })
    await quiet()
    const [post, ...others] = await shown()
    expect(others).toEqual([])
    for (const part of [
      'New best accuracy in churn',
      '0.9 → 0.95',
      '+0.05',
      'churn#2',
      'lr: 0.1 → 0.01',
      'md5:a1b2 → md5:c3d4',
    ]) {
      expect(post?.text).toContain(part)
    }
    expect(post?.text).not.toContain('model.depth')
    expect(post?.message.fallback.length).toBeLessThanOrEqual(150)
  })

  it('50 within a minute are one post and at most two edits, whose text tells how many', async () => {
    await finish(0.1)
    for (let run = 0; run < 50; run++) await finish(0.2 + run / 100)
    await quiet()
    clock.advance(61_000)
    await quiet()
    const posts = await shown()
    expect(posts).toHaveLength(1)
    expect(posts[0]?.text).toContain('50 new bests')
    expect(posts[0]?.text).toContain('0.1 → 0.69')
    const delivery = await instance.app.ctx.db
      .selectFrom('deliveries')
      .select('edits')
      .executeTakeFirstOrThrow()
    expect(delivery.edits).toBeLessThanOrEqual(2)
  }, 60_000)

  it('finishing at once in any order end on the true best', async () => {
    await finish(0.1)
    await Promise.all(Array.from({ length: 20 }, (_, run) => finish(0.2 + ((run * 7) % 20) / 100)))
    await quiet()
    clock.advance(61_000)
    await quiet()
    const posts = await shown()
    expect(posts).toHaveLength(1)
    expect(posts[0]?.text).toContain('0.1 → 0.39')
  }, 60_000)

  it('of the same POST five times at once are one run, five equal answers, one message', async () => {
    await finish(0.5)
    const body = { project: 'churn', status: 'finished', metrics: { accuracy: 0.6 } }
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const answer = await instance.api('POST', '/api/v1/runs', body, { 'idempotency-key': 'same' })
        return `${answer.status} ${await answer.text()}`
      }),
    )
    expect(new Set(answers).size).toBe(1)
    await quiet()
    expect(await instance.app.ctx.db.selectFrom('runs').select('id').execute()).toHaveLength(2)
    expect(await shown()).toHaveLength(1)
    const other = await instance.api(
      'POST',
      '/api/v1/runs',
      { ...body, name: 'x' },
      { 'idempotency-key': 'same' },
    )
    expect(other.status).toBe(422)
    expect(await other.text()).toContain('Idempotency-Key')
  })

  it('are silent where muted, and elsewhere still speak', async () => {
    await finish(0.5)
    await finish(0.6)
    await quiet()
    const [post] = await shown()
    const ref = await instance.app.ctx.db
      .selectFrom('console_messages')
      .select('ref')
      .where('id', '=', post?.id ?? 0)
      .executeTakeFirstOrThrow()
    const { press } = await import('../../../src/bots/press.ts')
    const { consoleAsker } = await import('../../../src/http/console-asker.ts')
    const asker = consoleAsker({ person: 'ana', scopes: ['admin'], origin: 'console', tokenId: null })
    expect(await press(instance.app.ctx, asker, ref.ref as 'd:1', 'mute')).toMatchObject({ kind: 'notice' })
    clock.advance(120_000)
    await finish(0.7)
    await fail(['ValueError: bad'])
    await quiet()
    expect(
      (await shown()).filter(({ parent_id }) => parent_id === null).map(({ message }) => message.kind),
    ).toEqual(['record', 'failure'])
    clock.advance(25 * 3_600_000)
    await finish(0.8)
    await quiet()
    expect((await shown()).at(-1)?.text).toContain('0.8')
  })

  it('of a direction that was set late are not told, but count from then on', async () => {
    for (const foo of [3, 2, 5]) await instance.finish({ project: 'churn', metrics: { foo } })
    const put = await instance.api('PUT', '/api/v1/projects/churn/metrics/foo', {
      direction: 'min',
      primary: true,
    })
    expect(put.status).toBe(200)
    await quiet()
    expect(await shown()).toEqual([])
    const { records } = await instance.finish({ project: 'churn', metrics: { foo: 1 } })
    expect(records).toEqual([{ metric: 'foo', value: 1, previous: { run: 'churn#2', value: 2 } }])
    await quiet()
    expect((await shown())[0]?.text).toContain('2 → 1')
  })
})

describe('failures', () => {
  it('name the owner, with the last 20 lines in the thread', async () => {
    await fail(
      Array.from({ length: 30 }, (_, line) => `line ${line}`).concat(
        'ValueError: token=abcdefghij0123456789xyz',
      ),
    )
    await quiet()
    const [post, thread] = await shown()
    expect(post?.text).toContain('Run failed')
    expect(post?.text).toContain('"bo"')
    expect(thread?.parent_id).toBe(post?.id)
    expect(thread?.text).toContain('line 29')
    expect(thread?.text).not.toContain('line 10\\n')
    expect(`${post?.text}${thread?.text}`).not.toContain('abcdefghij0123456789xyz')
  })

  it('of the same error within ten minutes are one message, later ones a new one', async () => {
    for (let run = 0; run < 7; run++)
      await fail([`RuntimeError: CUDA out of memory on gpu ${run} at /data/${run}/x.py`])
    await quiet()
    clock.advance(20_000)
    await quiet()
    const posts = (await shown()).filter(({ parent_id }) => parent_id === null)
    expect(posts).toHaveLength(1)
    expect(posts[0]?.text).toContain('6 more runs')
    await fail(['KeyError: label'])
    clock.advance(11 * 60_000)
    await fail(['RuntimeError: CUDA out of memory on gpu 9 at /data/9/x.py'])
    await quiet()
    expect((await shown()).filter(({ parent_id }) => parent_id === null)).toHaveLength(3)
  })

  it('are told once however often the status is repeated; killed is not failed', async () => {
    const { run } = await instance.finish({ project: 'churn', status: 'running' })
    for (let time = 0; time < 3; time++)
      await instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'killed' })
    await quiet()
    const posts = await shown()
    expect(posts).toHaveLength(1)
    expect(posts[0]?.text).toContain('Run killed')
  })

  it('a silent run is lost once, and running again by an edit when it writes', async () => {
    const { run } = await instance.finish({
      project: 'churn',
      owner: 'ana',
      status: 'running',
      heartbeat_s: 60,
    })
    clock.advance(179_000)
    await quiet()
    expect(await instance.api('GET', `/api/v1/runs/${run.id}`).then((answer) => answer.json())).toMatchObject(
      { run: { status: 'running' } },
    )
    clock.advance(2_000)
    await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBe(1)
    expect((await shown())[0]?.text).toContain('Run lost')
    await instance.api('POST', `/api/v1/runs/${run.id}/metrics`, {
      points: [{ name: 'loss', value: 1, step: 1 }],
    })
    await expect.poll(async () => (await shown())[0]?.text, { timeout: 10_000 }).toContain('Running again')
    expect(await shown()).toHaveLength(1)
    expect(await instance.api('GET', `/api/v1/runs/${run.id}`).then((answer) => answer.json())).toMatchObject(
      { run: { status: 'running', ended_at: null } },
    )
  })
})
