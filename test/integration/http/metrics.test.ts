import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(async () => await api.stop())

const path = (project: string, metric: string) =>
  `/api/v1/projects/${encodeURIComponent(project)}/metrics/${encodeURIComponent(metric)}`

describe('A2: PUT a metric', () => {
  it('stores the definition and answers with it; what is absent stays', async () => {
    const first = await api.call('PUT', path('churn', 'val/score'), {
      direction: 'max',
      unit: '%',
      min_delta: 0.1,
    })
    expect(first.status).toBe(200)
    expect(first.body).toEqual({
      project: 'churn',
      metric: 'val/score',
      direction: 'max',
      direction_source: 'declared',
      unit: '%',
      min_delta: 0.1,
      aggregate: 'best',
      primary: false,
    })
    const second = await api.call('PUT', path('churn', 'val/score'), { primary: true })
    expect(second.body).toEqual({ ...first.body, primary: true })
  })

  it.each<[object, string]>([
    [{ direction: 'up' }, 'direction'],
    [{ min_delta: -1 }, 'min_delta'],
    [{ unit: 7 }, 'unit'],
    [{ directon: 'max' }, 'directon'],
  ])('refuses %j by field', async (body, field) => {
    const reply = await api.call('PUT', path('churn', 'loss'), body)
    expect(reply.body).toMatchObject({ status: 400, field })
  })

  it('stays within the project of a restricted token', async () => {
    const { token } = await api.token(['ingest'], 'churn')
    expect((await api.call('PUT', path('churn', 'loss'), { direction: 'min' }, { token })).status).toBe(200)
    expect((await api.call('PUT', path('fraud', 'loss'), { direction: 'min' }, { token })).status).toBe(403)
  })
})
