import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
let ana: string
let bob: string
let reader: string

const call = (method: string, path: string, body?: unknown, token = ana) =>
  api.call(method, `/api/v1${path}`, body, { token })
const finish = async (metrics: Record<string, number>, project = 'churn') =>
  (await api.call('POST', '/api/v1/runs', { project, status: 'finished', metrics })).body.run.ref as string
const lastAudit = async () =>
  await api.db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()

beforeAll(async () => {
  api = await startApi()
  for (const accuracy of [0.9, 0.91, 0.95]) {
    api.clock.at = new Date(api.clock.at.getTime() + 60_000)
    await finish({ accuracy })
  }
  await finish({ accuracy: 0.5 }, 'fraud')
  ana = (await api.token(['ingest', 'read'])).token
  bob = (await api.token(['ingest', 'read'], undefined, 'bob')).token
  reader = (await api.token(['read'])).token
})
afterAll(async () => await api.stop())

describe('notes', () => {
  it('are written, listed in pages, found by words, run, kind and project', async () => {
    for (const text of ['warm-up helps', 'dropout hurts', 'dropout again'])
      expect((await call('POST', '/runs/churn%231/notes', { text })).status).toBe(201)
    await call('POST', '/runs/fraud%231/notes', { text: 'dropout of fraud' }, bob)
    const first = await call('GET', '/notes?project=churn&limit=2')
    expect(first.body.items).toMatchObject([
      { text: 'dropout again', runs: ['churn#1'], account: 'person:ana', kind: 'note', edited_at: null },
      { text: 'dropout hurts' },
    ])
    const second = await call('GET', `/notes?project=churn&limit=2&cursor=${first.body.next}`)
    expect(second.body).toMatchObject({ items: [{ text: 'warm-up helps' }], next: null })
    expect((await call('GET', '/notes?q=dropouts&run=churn%231')).body.items).toHaveLength(2)
    expect((await call('GET', '/notes?q=dropout')).body.items).toHaveLength(3)
    expect((await call('GET', '/notes?kind=learning')).body.items).toEqual([])
    expect((await call('GET', '/runs/churn%231')).body.notes).toHaveLength(3)
  })

  it('are changed by their author alone, taken back by an admin too', async () => {
    const { id } = (await call('POST', '/runs/churn%232/notes', { text: 'first' })).body
    expect((await call('PATCH', `/notes/${id}`, { text: 'second' })).body).toMatchObject({
      id,
      text: 'second',
      edited_at: api.clock.at.toISOString(),
    })
    expect(await lastAudit()).toMatchObject({
      action: 'note.edit',
      actor: 'ana',
      origin: 'api',
      subject: 'churn#2',
    })
    const refused = await call('PATCH', `/notes/${id}`, { text: 'mine' }, bob)
    expect(refused.body).toMatchObject({ status: 403, field: 'note', allowed: 'ana' })
    expect((await call('DELETE', `/notes/${id}`, undefined, bob)).status).toBe(403)
    expect((await api.call('DELETE', `/api/v1/notes/${id}`)).body).toEqual({ id, deleted: true })
    for (const method of ['PATCH', 'DELETE'])
      expect(
        (await call(method, `/notes/${id}`, method === 'PATCH' ? { text: 'x' } : undefined)).status,
      ).toBe(404)
    const left = await api.db.selectFrom('notes').select('text').where('id', '=', id).executeTakeFirst()
    expect(left).toEqual({ text: '' })
  })

  it('of another project are not there for a token of one', async () => {
    const { id } = (await call('POST', '/runs/churn%232/notes', { text: 'of churn' })).body
    const { token } = await api.token(['ingest', 'read'], 'fraud')
    expect((await call('GET', '/notes', undefined, token)).body.items).toMatchObject([{ project: 'fraud' }])
    expect((await call('PATCH', `/notes/${id}`, { text: 'x' }, token)).status).toBe(404)
    expect((await call('POST', '/learnings', { project: 'churn', text: 'x' }, token)).status).toBe(403)
    expect((await call('GET', '/tried?q=churn', undefined, token)).body).toMatchObject({
      notes: [],
      runs: [],
    })
  })
})

describe('learnings', () => {
  it('are kept once under one key, listed, and found by what was tried (D6)', async () => {
    const body = { project: 'churn', text: 'label smoothing hurts', runs: ['churn#1..2'] }
    const headers = { 'idempotency-key': 'one' }
    const options = { token: ana, headers }
    const [one, two] = [
      await api.call('POST', '/api/v1/learnings', body, options),
      await api.call('POST', '/api/v1/learnings', body, options),
    ]
    expect(one.status).toBe(201)
    expect(two.text).toBe(one.text)
    expect(one.body).toMatchObject({ kind: 'learning', runs: ['churn#1', 'churn#2'], author: 'ana' })
    expect((await call('GET', '/learnings?project=churn&q=smoothing')).body.items).toMatchObject([
      { text: 'label smoothing hurts' },
    ])
    const tried = await call('GET', `/tried?q=${encodeURIComponent('smooth labels')}&project=churn`)
    expect(tried.body).toMatchObject({ learnings: [{ id: one.body.id }], notes: [], runs: [], loose: false })
  })

  it.each([
    ['POST', '/learnings', { project: 'chrun', text: 'x' }, 404, 'project'],
    ['POST', '/learnings', { project: 'churn', text: 'x', runs: ['fraud#1'] }, 404, 'project'],
    ['POST', '/learnings', { project: 'churn', text: 'x', runs: ['churn#99'] }, 404, 'run'],
    ['POST', '/learnings', { project: 'churn', text: '   ' }, 400, 'text'],
    ['POST', '/learnings', { project: 'churn', text: 'x', author: 'eve' }, 403, 'author'],
    ['GET', '/tried?q=the', undefined, 400, 'q'],
    ['GET', '/tried', undefined, 400, 'q'],
    ['GET', '/notes?kind=idea', undefined, 400, 'kind'],
    ['GET', '/notes?cursor=x', undefined, 400, 'cursor'],
    ['GET', '/notes?run=churn%2399', undefined, 404, 'run'],
    ['PATCH', '/notes/9007199254740992', { text: 'x' }, 400, 'note'],
    ['PATCH', '/notes/x', { text: 'x' }, 400, 'note'],
    ['PUT', '/runs/churn%231/tags/x', { value: 7 }, 400, 'value'],
    ['PUT', `/runs/churn%231/tags/${'k'.repeat(251)}`, {}, 400, 'key'],
    ['PUT', '/runs/churn%231/labels/Not%20One', undefined, 400, 'label'],
    ['PUT', '/runs/churn%231/labels/invalid', undefined, 400, 'label'],
    ['PUT', '/runs/churn%231/invalidation', { reason: '  ' }, 400, 'reason'],
    ['PUT', '/runs/churn%231/invalidation', {}, 400, 'reason'],
    ['PUT', '/runs/churn%231/star', { on: true }, 400, 'on'],
  ] as const)('%s %s %o names what is wrong', async (method, path, body, status, field) => {
    expect((await call(method, path, body)).body).toMatchObject({ status, field })
  })
})

describe('what is said in a word', () => {
  it('tags (D7)', async () => {
    expect((await call('PUT', '/runs/churn%231/tags/stage', { value: 'final' })).body).toEqual({
      run: 'churn#1',
      tags: { stage: 'final' },
    })
    expect((await call('PUT', '/runs/churn%231/tags/a%2Fb')).body.tags).toEqual({ 'a/b': '', stage: 'final' })
    expect(await lastAudit()).toMatchObject({
      action: 'run.tag',
      actor: 'ana',
      origin: 'api',
      subject: 'churn#1',
    })
    await call('DELETE', '/runs/churn%231/tags/a%2Fb')
    expect((await call('DELETE', '/runs/churn%231/tags/a%2Fb')).body.tags).toEqual({ stage: 'final' })
  })

  it('stars', async () => {
    for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE'])
      expect((await call(method, '/runs/churn%231/star')).body).toEqual({
        run: 'churn#1',
        starred: method === 'PUT',
      })
    expect(await lastAudit()).toMatchObject({ action: 'run.unstar', subject: 'churn#1' })
  })

  it('labels (D3)', async () => {
    expect((await call('PUT', '/runs/churn%231/labels/keep')).body).toEqual({
      run: 'churn#1',
      labels: ['keep'],
    })
    expect((await call('GET', '/runs?q=tag:keep')).body.items).toHaveLength(1)
    expect(await lastAudit()).toMatchObject({ action: 'run.label', details: { label: 'keep' } })
    expect((await call('DELETE', '/runs/churn%231/labels/keep', undefined, bob)).body.labels).toEqual([])
  })

  it('need the scope ingest', async () => {
    for (const path of ['tags/x', 'star', 'labels/x', 'invalidation'])
      for (const method of ['PUT', 'DELETE'])
        expect((await call(method, `/runs/churn%231/${path}`, undefined, reader)).status).toBe(403)
  })
})

describe('invalidation (D5)', () => {
  it('is stored with who and why, moves the record, and is undone', async () => {
    const done = await call('PUT', '/runs/churn%233/invalidation', { reason: 'label leak' })
    expect(done.body).toEqual({
      run: 'churn#3',
      invalid: { reason: 'label leak', by: 'ana', at: api.clock.at.toISOString() },
      changed: true,
      records: [
        {
          metric: 'accuracy',
          before: { run: 'churn#3', value: 0.95 },
          after: { run: 'churn#2', value: 0.91 },
        },
      ],
      comparisons: [],
    })
    expect((await call('PUT', '/runs/churn%233/invalidation', { reason: 'label leak' })).body).toMatchObject({
      changed: false,
      records: [],
    })
    const board = await call('GET', '/projects/churn/leaderboard?metric=accuracy')
    expect(board.body.rows[0].run.ref).toBe('churn#2')
    expect(await lastAudit()).toMatchObject({
      action: 'run.invalidate',
      actor: 'ana',
      origin: 'api',
      subject: 'churn#3',
    })
    const undone = await call('DELETE', '/runs/churn%233/invalidation', undefined, bob)
    expect(undone.body).toMatchObject({
      invalid: null,
      changed: true,
      records: [{ after: { run: 'churn#3' } }],
    })
    expect((await call('DELETE', '/runs/churn%233/invalidation')).body.changed).toBe(false)
  })

  it('of a running run keeps what it ends with off the board until it is undone', async () => {
    const { run } = (await call('POST', '/runs', { project: 'early' })).body
    await call('POST', `/runs/${run.id}/metrics`, { points: [{ name: 'loss', value: 1, step: 1 }] })
    await call('PUT', `/runs/${run.id}/invalidation`, { reason: 'label leak' })
    await call('PATCH', `/runs/${run.id}`, { status: 'finished', metrics: { loss: 0.5, accuracy: 0.99 } })
    const refs = async () => {
      const boards = ['accuracy', 'loss'].map((metric) => `/projects/early/leaderboard?metric=${metric}`)
      const answers = await Promise.all(boards.map(async (board) => await call('GET', board)))
      return answers.map(({ body }) => body.rows.map((row: { run: { ref: string } }) => row.run.ref))
    }
    expect(await refs()).toEqual([[], []])
    await call('DELETE', `/runs/${run.id}/invalidation`)
    expect(await refs()).toEqual([['early#1'], ['early#1']])
  })

  it('takes an admin once there are some: a named person or a token with the scope', async () => {
    await api.db
      .insertInto('admins')
      .values({
        platform: 'any',
        workspace: '',
        kind: 'person',
        subject: 'bob',
        name: 'bob',
        named_by: 'x',
        created_at: new Date(),
      })
      .execute()
    const put = (token: string) => call('PUT', '/runs/churn%231/invalidation', { reason: 'x' }, token)
    expect((await put(ana)).body).toMatchObject({ status: 403, allowed: 'bob' })
    expect((await put(bob)).status).toBe(200)
    const { token } = await api.token(['admin'])
    expect((await call('DELETE', '/runs/churn%231/invalidation', undefined, token)).status).toBe(200)
    await api.db.deleteFrom('admins').execute()
  })
})
