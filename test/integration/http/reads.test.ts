import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
const run = async (body: object) => (await api.call('POST', '/api/v1/runs', body)).body.run
const get = (path: string, token?: string) =>
  api.call('GET', `/api/v1${path}`, undefined, token === undefined ? {} : { token })

beforeAll(async () => {
  api = await startApi()
  for (const [index, accuracy] of [0.5, 'NaN', 0.9, 0.7].entries()) {
    api.clock.at = new Date(api.clock.at.getTime() + 1_000)
    await run({
      project: 'churn',
      name: `run-${index}`,
      owner: 'ana',
      status: 'finished',
      params: { lr: index / 10, 'opt/kind': 'adam' },
      metrics: { accuracy, odd: index },
    })
  }
  await run({ project: 'fraud', status: 'finished', metrics: { accuracy: 1 } })
})
afterAll(async () => await api.stop())

describe('runs', () => {
  it('are listed newest first, in pages', async () => {
    const first = await get('/runs?project=churn&limit=3')
    expect(first.status).toBe(200)
    expect(first.body.items.map(({ ref }: { ref: string }) => ref)).toEqual(['churn#4', 'churn#3', 'churn#2'])
    const second = await get(`/runs?project=churn&limit=3&cursor=${encodeURIComponent(first.body.next)}`)
    expect(second.body.items.map(({ ref }: { ref: string }) => ref)).toEqual(['churn#1'])
    expect(second.body.next).toBeNull()
  })

  it('are found by name and by the clauses of chat', async () => {
    const byName = await get('/runs?project=churn&name=run-1')
    expect(byName.body.items).toMatchObject([{ ref: 'churn#2', started_at: expect.stringMatching(/Z$/) }])
    const byClause = await get(`/runs?project=churn&q=${encodeURIComponent('accuracy>0.6 lr<0.25')}`)
    expect(byClause.body.items.map(({ ref }: { ref: string }) => ref)).toEqual(['churn#3'])
  })

  it('A4: name what is wrong in a query', async () => {
    expect((await get(`/runs?q=${encodeURIComponent('lr<')}`)).body).toMatchObject({
      status: 400,
      position: expect.any(Number),
    })
    expect((await get('/runs?project=chrun')).body).toMatchObject({ status: 404, suggestions: ['churn'] })
    expect((await get('/runs?projct=churn')).body).toMatchObject({
      status: 400,
      field: 'projct',
      suggestions: ['project'],
    })
    expect((await get('/runs?limit=many')).body).toMatchObject({ status: 400, field: 'limit' })
    expect((await get('/runs?cursor=junk')).body).toMatchObject({ status: 400, field: 'cursor' })
  })

  it('answer to id, prefix and ref', async () => {
    const one = await get('/runs/churn%232')
    expect(one.body.run).toMatchObject({
      ref: 'churn#2',
      params: { 'opt/kind': 'adam' },
      missing: expect.arrayContaining(['code']),
    })
    expect(one.body.run.metrics.accuracy).toMatchObject({ value: null, last: 'NaN', nans: 1 })
    expect((await get(`/runs/${one.body.run.id}`)).body).toEqual(one.body)
    expect((await get(`/runs/${'0'.repeat(32)}`)).status).toBe(404)
  })
})

describe('a metric', () => {
  it('shows its points, with steps of 64 bits as they came', async () => {
    const { id } = await run({ project: 'churn' })
    const points =
      '{"steps":[-9223372036854775808,0,9223372036854775807],"series":{"val/loss":[1,"NaN","-Infinity"]}}'
    await api.call('POST', `/api/v1/runs/${id}/metrics`, points)
    const history = await get(`/runs/${id}/metrics/val%2Floss`)
    expect(history.status).toBe(200)
    expect(history.text).toContain('"step":9223372036854775807')
    expect(history.text).toContain('"step":-9223372036854775808')
    expect(history.body.points.map(({ value }: { value: unknown }) => value)).toEqual([1, 'NaN', '-Infinity'])
    expect((await get(`/runs/${id}/metrics/val%2Flos`)).body.suggestions).toContain('val/loss')
    expect((await get(`/runs/${id}`)).text).toContain('"last_step":9223372036854775807')
  })
})

describe('a leaderboard', () => {
  const board = (query: string, project = 'churn') => get(`/projects/${project}/leaderboard?${query}`)

  it('A3: ranks finite values and lists the rest last', async () => {
    const { body } = await board('metric=accuracy&top=1000')
    expect(body).toMatchObject({ project: 'churn', metric: 'accuracy', direction: 'max', aggregate: 'best' })
    expect(
      body.rows.map(({ rank, run: { ref } }: { rank: number; run: { ref: string } }) => [rank, ref]),
    ).toEqual([
      [1, 'churn#3'],
      [2, 'churn#4'],
      [3, 'churn#1'],
      [null, 'churn#2'],
    ])
  })

  it('filters, and says what it cannot read', async () => {
    const filtered = await board(`metric=accuracy&where=${encodeURIComponent('lr<0.25')}&top=1`)
    expect(filtered.body.rows).toHaveLength(1)
    expect((await board('metric=accuracy&where=stray')).body).toMatchObject({
      status: 400,
      token: 'stray',
      position: 0,
    })
    expect((await board('metric=acuracy')).body).toMatchObject({ status: 404, suggestions: ['accuracy'] })
    expect((await board('metric=odd')).body).toMatchObject({ status: 409, choices: ['max', 'min'] })
    expect((await board('metric=accuracy&top=1001')).body.field).toBe('top')
    expect((await board('')).body.field).toBe('metric')
    expect((await board('metric=accuracy', 'chrun')).body).toMatchObject({
      status: 404,
      suggestions: ['churn'],
    })
  })
})

describe('projects, data sets, comparisons', () => {
  it('are listed, in pages', async () => {
    const first = await get('/projects?limit=1')
    expect(first.body.items).toHaveLength(1)
    const second = await get(`/projects?limit=1&cursor=${first.body.next}`)
    expect(second.body.items[0].name).not.toBe(first.body.items[0].name)
    expect(second.body.next).toBeNull()
    const tokens = await get(`/tokens?cursor=${first.body.next}`)
    expect(tokens.body).toMatchObject({ status: 400, field: 'cursor' })
  })

  it('name the versions that runs used', async () => {
    const data = [{ name: 'train.csv', version: 'md5:a1' }]
    await run({ project: 'sets', data })
    const { body } = await get('/datasets?project=sets')
    expect(body).toMatchObject({
      items: [{ project: 'sets', name: 'train.csv', versions: [{ version: 'md5:a1', runs: 1 }] }],
      next: null,
    })
    expect((await get('/datasets?project=stes')).body.suggestions).toEqual(['sets'])
  })

  it('show what differs', async () => {
    const { body } = await get(`/compare?runs=${encodeURIComponent('churn#3,churn#4')}`)
    expect(body.runs.map(({ ref }: { ref: string }) => ref)).toEqual(['churn#3', 'churn#4'])
    expect(body.params).toEqual([{ name: 'lr', values: ['0.2', '0.3'] }])
    expect((await get('/compare?runs=churn%233')).body.field).toBe('runs')
    expect((await get('/compare?runs=churn%233,churn%2399')).status).toBe(404)
  })
})

describe('G2: a token of one project', () => {
  it('sees no other', async () => {
    const { token } = await api.token(['read'], 'churn')
    const { body } = await get('/runs', token)
    expect(new Set(body.items.map(({ project }: { project: string }) => project))).toEqual(new Set(['churn']))
    expect((await get('/runs?project=fraud', token)).status).toBe(404)
    expect((await get('/runs/fraud%231', token)).status).toBe(404)
    expect((await get('/projects/fraud/leaderboard?metric=accuracy', token)).status).toBe(404)
    expect((await get('/runs/churn%231', token)).status).toBe(200)
    expect((await get('/compare?runs=churn%231,fraud%231', token)).status).toBe(404)
    expect((await get('/datasets?project=sets', token)).status).toBe(404)
    expect((await get('/projects', token)).body.items).toMatchObject([{ name: 'churn' }])
  })
})
