import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(async () => await api.stop())

const rows = async (table: 'runs' | 'outbox' | 'notes' | 'metric_chunks' | 'projects') =>
  Number(
    (
      await api.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
    ).count,
  )

async function start(body: object = {}): Promise<{ id: string; ref: string }> {
  const { status, body: answer } = await api.call('POST', '/api/v1/runs', { project: 'churn', ...body })
  expect(status).toBe(201)
  return answer.run
}

describe('POST /runs', () => {
  it('A8, H5: records a finished run in one call', async () => {
    const { status, body } = await api.call('POST', '/api/v1/runs', {
      project: 'whole',
      name: 'wide-net',
      owner: 'ana',
      status: 'finished',
      params: { lr: 0.01, model: 'resnet50', nested: { depth: 18 } },
      metrics: { accuracy: 0.931, val_loss: 0.21 },
      tags: { stage: 'ablation' },
      seed: 7,
      group: 'sweep-12',
      code: { repo: 'https://git.example/team/churn', commit: 'a'.repeat(40), branch: 'main', dirty: false },
      data: [
        { name: 'train.csv', version: 'md5:a1b2', path: 'data/train.csv', url: 's3://bucket/train.csv' },
      ],
      env: { python: '3.11.7', gpu: 'H100', gpu_count: 1, host: 'node-3' },
      command: 'python train.py --lr 0.01',
      heartbeat_s: 60,
      on_duplicate: 'warn',
    })
    expect(status).toBe(201)
    expect(body.run).toMatchObject({
      ref: 'whole#1',
      url: 'http://127.0.0.1:3000/p/whole/runs/1',
      status: 'finished',
    })
    expect(body.run.id).toMatch(/^[0-9a-f]{32}$/)
    expect(body.duplicates).toEqual([])
    expect(body.records.map(({ metric }: { metric: string }) => metric).toSorted()).toEqual([
      'accuracy',
      'val_loss',
    ])
    expect(body.records[0].previous).toBeNull()
  })

  it('A3: takes NaN, infinities and null as values', async () => {
    const metrics = { a: 'NaN', b: 'Infinity', c: '-Infinity', d: null }
    await start({ project: 'odd', status: 'finished', metrics })
    const kept = await api.db
      .selectFrom('metric_summaries')
      .innerJoin('projects', 'projects.id', 'metric_summaries.project_id')
      .where('projects.name', '=', 'odd')
      .select(['nans', 'infinities'])
      .orderBy('nans')
      .orderBy('infinities')
      .execute()
    expect(kept.map(({ nans, infinities }) => [nans, infinities])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ])
  })

  it('answers 409 with the earlier runs when duplicates are to block', async () => {
    const inputs = { project: 'twice', params: { lr: 1 }, seed: 1 }
    await start(inputs)
    const again = await api.call('POST', '/api/v1/runs', { ...inputs, on_duplicate: 'block' })
    expect(again.status).toBe(409)
    expect(again.body).toMatchObject({ code: 'conflict', duplicates: [{ run: 'twice#1' }] })
    expect((await api.call('POST', '/api/v1/runs', inputs)).body.duplicates).toHaveLength(1)
  })
})

describe('Idempotency-Key', () => {
  it('A1: five at once make one run, one event and five equal answers', async () => {
    const before = { runs: await rows('runs'), outbox: await rows('outbox') }
    const body = { project: 'once', status: 'failed', metrics: { accuracy: 0.5 } }
    const headers = { 'idempotency-key': 'five' }
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => api.call('POST', '/api/v1/runs', body, { headers })),
    )
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(await rows('runs')).toBe(before.runs + 1)
    expect(await rows('outbox')).toBe(before.outbox + 1)
  })

  it('A1: another body under the same key is 422 that names the header', async () => {
    const headers = { 'idempotency-key': 'reused' }
    await api.call('POST', '/api/v1/runs', { project: 'once' }, { headers })
    const other = await api.call('POST', '/api/v1/runs', { project: 'twice' }, { headers })
    expect(other.status).toBe(422)
    expect(other.body).toMatchObject({ code: 'key_reused', field: 'Idempotency-Key' })
  })

  it('forgets failures, and everything after a day', async () => {
    const headers = { 'idempotency-key': 'later' }
    const inputs = { project: 'later', params: { lr: 1 } }
    const first = await start(inputs)
    const blocked = { ...inputs, on_duplicate: 'block' }
    expect((await api.call('POST', '/api/v1/runs', blocked, { headers })).status).toBe(409)
    await api.db.deleteFrom('runs').where('id', '=', first.id).execute()
    const second = await api.call('POST', '/api/v1/runs', blocked, { headers })
    expect(second.status).toBe(201)
    api.clock.at = new Date(api.clock.at.getTime() + 24 * 3_600_000)
    const third = await api.call('POST', '/api/v1/runs', { project: 'later' }, { headers })
    expect(third.status).toBe(201)
    expect(third.body.run.id).not.toBe(second.body.run.id)
  })

  it('makes points without steps safe to send again', async () => {
    const run = await start()
    const headers = { 'idempotency-key': 'points' }
    const points = { points: [{ name: 'loss', value: 1 }] }
    const send = () => api.call('POST', `/api/v1/runs/${run.id}/metrics`, points, { headers })
    expect((await send()).body).toEqual({ accepted: 1 })
    const again = await send()
    expect(again.body).toEqual({ accepted: 1 })
    expect(again.headers['idempotent-replayed']).toBe('true')
    const { body } = await api.call('GET', `/api/v1/runs/${run.id}`)
    expect(body.run).toMatchObject({ metrics: { loss: { points: 1 } }, repeated_points: 0 })
  })

  it.each(['', 'with space', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const reply = await api.call(
      'POST',
      '/api/v1/runs',
      { project: 'p' },
      { headers: { 'idempotency-key': key } },
    )
    expect(reply.status).toBe(400)
    expect(reply.body.field).toBe('Idempotency-Key')
  })
})

describe('points', () => {
  it('takes both shapes, by id and by ref, and counts repeats once', async () => {
    const run = await start()
    const points = {
      points: [
        { name: 'val/loss', value: 0.5, step: 0 },
        { name: 'val/loss', value: 0.4, step: 1 },
      ],
    }
    expect((await api.call('POST', `/api/v1/runs/${run.id}/metrics`, points)).body).toEqual({
      accepted: 2,
    })
    const columns = { steps: [1, 2], series: { 'val/loss': [0.4, 'NaN'] } }
    const byRef = await api.call('POST', `/api/v1/runs/${encodeURIComponent(run.ref)}/metrics`, columns)
    expect(byRef.body).toEqual({ accepted: 2 })
    const { body } = await api.call('GET', `/api/v1/runs/${run.id}`)
    expect(body.run).toMatchObject({ metrics: { 'val/loss': { points: 3, nans: 1 } }, repeated_points: 1 })
  })

  it('keeps steps of 64 bits exactly', async () => {
    const run = await start()
    const text =
      '{"points":[{"name":"a","value":1,"step":9223372036854775807},{"name":"a","value":2,"step":-9007199254740993}]}'
    expect((await api.call('POST', `/api/v1/runs/${run.id}/metrics`, text)).status).toBe(200)
    const history = await api.call('GET', `/api/v1/runs/${run.id}/metrics/a`)
    expect(history.text).toMatch(/"step":-9007199254740993\b.*"step":9223372036854775807\b/s)
    const beyond = text.replace('9223372036854775807', '9223372036854775808')
    const refused = await api.call('POST', `/api/v1/runs/${run.id}/metrics`, beyond)
    expect(refused.status).toBe(400)
    expect(refused.body.field).toBe('points[0].step')
  })

  it('refuses new points of a finished run, not repeats', async () => {
    const run = await start()
    const path = `/api/v1/runs/${run.id}/metrics`
    const points = { points: [{ name: 'loss', value: 1, step: 1 }] }
    await api.call('POST', path, points)
    await api.call('PATCH', `/api/v1/runs/${run.id}`, { status: 'finished' })
    expect((await api.call('POST', path, points)).body).toEqual({ accepted: 1 })
    const late = await api.call('POST', path, { points: [{ name: 'loss', value: 1, step: 2 }] })
    expect(late.status).toBe(409)
  })

  it('takes a thousand metrics at once, and 20 MB', async () => {
    const run = await start()
    const path = `/api/v1/runs/${run.id}/metrics`
    const names = Array.from({ length: 1_000 }, (_, index) => `m/${index}`)
    const series = Object.fromEntries(names.map((name) => [name, [1, 2]]))
    expect((await api.call('POST', path, { steps: [0, 1], series })).body.accepted).toBe(2_000)
    const metrics = Object.fromEntries(names.map((name) => [name, 1]))
    expect(
      (await api.call('POST', '/api/v1/runs', { project: 'wide', status: 'finished', metrics })).status,
    ).toBe(201)
    const padded = (size: number) => `{"points":[]${' '.repeat(size - 13)}}`
    expect((await api.call('POST', path, padded(20 * 1024 * 1024))).status).toBe(200)
    expect((await api.call('POST', path, padded(20 * 1024 * 1024 + 1))).status).toBe(413)
  })
})

describe('PATCH, heartbeat, logs, notes', () => {
  it('finishes a run and tells its records', async () => {
    await start({ project: 'patch', status: 'finished', metrics: { accuracy: 0.5 } })
    const run = await start({ project: 'patch' })
    const body = { status: 'finished', metrics: { accuracy: 0.6 }, tags: { stage: 'final' } }
    const reply = await api.call('PATCH', `/api/v1/runs/${run.id}`, body)
    expect(reply.status).toBe(200)
    expect(reply.body.run).toMatchObject({ id: run.id, status: 'finished' })
    expect(reply.body.records).toMatchObject([{ metric: 'accuracy', value: 0.6, previous: { value: 0.5 } }])
  })

  it('takes a heartbeat with and without a body', async () => {
    const run = await start()
    const path = `/api/v1/runs/${run.id}/heartbeat`
    expect((await api.call('POST', path)).status).toBe(200)
    expect((await api.call('POST', path, {})).status).toBe(200)
    const headers = { 'idempotency-key': 'beat', 'content-type': 'application/json' }
    expect((await api.call('POST', path, undefined, { headers })).status).toBe(200)
  })

  it('keeps lines and notes', async () => {
    const run = await start()
    const logs = await api.call('POST', `/api/v1/runs/${run.id}/logs`, { lines: ['one', 'two'] })
    expect(logs.body).toEqual({ accepted: 2 })
    const note = await api.call('POST', `/api/v1/runs/${run.id}/notes`, {
      text: 'warm-up helps',
      author: 'ana',
    })
    expect(note.status).toBe(201)
    expect(note.body).toMatchObject({
      author: 'ana',
      text: 'warm-up helps',
      created_at: expect.stringMatching(/Z$/),
    })
  })

  it('writes nothing for an unknown run', async () => {
    const before = await rows('notes')
    const reply = await api.call('POST', '/api/v1/runs/churn%239999/notes', { text: 'x' })
    expect(reply.status).toBe(404)
    expect(reply.headers['content-type']).toMatch(/problem\+json/)
    expect(await rows('notes')).toBe(before)
  })
})
