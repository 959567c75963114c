import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(() => api.stop())

const ROLE = { kind: 'role', platform: 'discord', workspace: '99', subject: '555', name: 'ml-leads' }

describe('admins over HTTP', () => {
  it('are named, listed and removed by tokens with the scope admin only', async () => {
    const { token } = await api.token(['ingest', 'read'], undefined, 'ben')
    for (const [method, path, body] of [
      ['GET', '/api/v1/admins'],
      ['POST', '/api/v1/admins', ROLE],
      ['DELETE', '/api/v1/admins/1'],
    ] as const)
      expect((await api.call(method, path, body, { token })).status).toBe(403)
    expect((await api.call('GET', '/api/v1/admins')).body).toEqual({ items: [], next: null })
    const made = await api.call('POST', '/api/v1/admins', ROLE)
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ ...ROLE, named_by: 'admin' })
    expect((await api.call('GET', '/api/v1/admins')).body.items).toEqual([made.body])
    const gone = await api.call('DELETE', `/api/v1/admins/${made.body.id}`)
    expect(gone.body).toEqual(made.body)
    expect((await api.call('DELETE', `/api/v1/admins/${made.body.id}`)).status).toBe(404)
  })

  it('keep a token of one project out', async () => {
    await api.call('POST', '/api/v1/runs', { project: 'churn' })
    const { token } = await api.token(['admin'], 'churn')
    expect((await api.call('POST', '/api/v1/admins', ROLE, { token })).status).toBe(403)
  })

  it.each([
    [{ kind: 'role', subject: '555' }, 'platform'],
    [{ kind: 'account', platform: 'slack', subject: 'U1' }, 'workspace'],
    [{ kind: 'king', subject: 'ana' }, 'kind'],
    [{ kind: 'person' }, 'subject'],
    [{ kind: 'person', subject: 'ana', crown: true }, 'crown'],
  ])('refuse %j, naming the field', async (body, field) => {
    expect((await api.call('POST', '/api/v1/admins', body)).body).toMatchObject({ status: 400, field })
  })

  it('guard how a metric is read: by person, whatever the token may write', async () => {
    const { token: ben } = await api.token(['ingest', 'read'], undefined, 'ben')
    const { token: ana } = await api.token(['ingest'], undefined, 'ana')
    const path = '/api/v1/projects/churn/metrics/foo'
    const put = async (token: string) => (await api.call('PUT', path, { direction: 'max' }, { token })).status
    expect(await put(ben)).toBe(200)
    await api.call('POST', '/api/v1/admins', { kind: 'person', subject: 'Ana' })
    expect(await put(ben)).toBe(403)
    expect(await put(ana)).toBe(200)
    const refused = await api.call('PUT', path, { direction: 'min' }, { token: ben })
    expect(refused.body).toMatchObject({ detail: 'Only admins may declare how a metric is read: Ana.' })
    const asked = await api.call('POST', '/api/v1/ask', { q: 'goal foo min in churn' }, { token: ben })
    expect(asked.body).toMatchObject({ status: 403, allowed: 'Ana' })
    expect((await api.call('PUT', path, { direction: 'min' })).status).toBe(200)
  })
})
