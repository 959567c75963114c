import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticateSession, createSession, deleteSession } from '../../../src/domain/access/sessions.ts'
import { type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
  await api.call('POST', '/api/v1/runs', { project: 'churn' })
  await api.call('POST', '/api/v1/runs', { project: 'fraud' })
})
afterAll(async () => await api.stop())

const start = (token: string | null, body: object = { project: 'churn' }, headers = {}) =>
  api.call('POST', '/api/v1/runs', body, { token, headers })

describe('G2: tokens', () => {
  it('are shown once, hashed at rest, listed without their text', async () => {
    const made = await api.call('POST', '/api/v1/tokens', {
      name: 'laptop',
      person: 'ana',
      scopes: ['ingest'],
    })
    expect(made.status).toBe(201)
    expect(made.body.token).toMatch(/^exp-[A-Za-z0-9_]{40}$/)
    const listed = await api.call('GET', '/api/v1/tokens')
    expect(listed.body.items[0]).toMatchObject({
      id: made.body.id,
      name: 'laptop',
      scopes: ['ingest'],
      revoked_at: null,
    })
    expect(listed.text).not.toContain(made.body.token)
    const stored = await api.db.selectFrom('tokens').selectAll().where('id', '=', made.body.id).execute()
    expect(JSON.stringify(stored)).not.toContain(made.body.token.slice(4))
  })

  it('never end up among the answers kept for repeats', async () => {
    const headers = { 'idempotency-key': 'token' }
    const body = { name: 'ci', person: 'ci', scopes: ['ingest'] }
    const first = await api.call('POST', '/api/v1/tokens', body, { headers })
    const second = await api.call('POST', '/api/v1/tokens', body, { headers })
    expect(second.body).toEqual({ ...first.body, token: null })
    const kept = await api.db.selectFrom('idempotency_keys').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(first.body.token)
  })

  it('end with the next request after they are revoked', async () => {
    const { id, token } = await api.token(['ingest'])
    expect((await start(token)).status).toBe(201)
    const revoked = await api.call('DELETE', `/api/v1/tokens/${id}`)
    expect(revoked.body.revoked_at).toMatch(/Z$/)
    expect((await start(token)).status).toBe(401)
    expect((await api.call('DELETE', `/api/v1/tokens/${id}`)).status).toBe(200)
    expect((await api.call('DELETE', '/api/v1/tokens/999999')).status).toBe(404)
  })

  it('page through the list', async () => {
    const first = await api.call('GET', '/api/v1/tokens?limit=1')
    expect(first.body.items).toHaveLength(1)
    const second = await api.call('GET', `/api/v1/tokens?limit=1&cursor=${first.body.next}`)
    expect(second.body.items[0].id).toBeLessThan(first.body.items[0].id)
    expect((await api.call('GET', '/api/v1/tokens?cursor=junk')).body.field).toBe('cursor')
  })

  it('are accepted as every client sends them', async () => {
    const { token } = await api.token(['ingest'])
    const basic = Buffer.from(`anyone:${token}`).toString('base64')
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `token ${token}`, `Basic ${basic}`]) {
      expect((await start(null, undefined, { authorization })).status).toBe(201)
    }
    expect((await start(null, undefined, { 'x-trackio-write-token': token })).status).toBe(201)
  })

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer nonsense',
    'Basic !!!',
    'Basic bm9jb2xvbg==',
    `Bearer exp-${'a'.repeat(40)}`,
  ])('refuse %j', async (authorization) => {
    const reply = await start(null, undefined, { authorization })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer/)
  })

  it('remember to the minute when they were last used', async () => {
    const { id, token } = await api.token(['ingest'])
    const used = async () =>
      (
        await api.db
          .selectFrom('tokens')
          .select('last_used_at')
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
      ).last_used_at
    await start(token)
    const first = api.clock.at
    expect(await used()).toEqual(first)
    api.clock.at = new Date(first.getTime() + 59_000)
    await start(token)
    expect(await used()).toEqual(first)
    api.clock.at = new Date(first.getTime() + 61_000)
    await start(token)
    expect(await used()).toEqual(api.clock.at)
  })
})

describe('G2: scopes and projects', () => {
  it('hold each route to its scope', async () => {
    const read = await api.token(['read'])
    const ingest = await api.token(['ingest'])
    expect((await start(read.token)).body).toMatchObject({ status: 403, allowed: 'ingest' })
    expect((await api.call('GET', '/api/v1/tokens', undefined, { token: ingest.token })).status).toBe(403)
    expect((await api.call('GET', '/metrics', undefined, { token: ingest.token })).status).toBe(403)
    expect((await api.call('GET', '/metrics', undefined, { token: read.token })).status).toBe(200)
  })

  it('hide other projects from a restricted token', async () => {
    const { token } = await api.token(['ingest', 'read'], 'churn')
    expect((await start(token)).status).toBe(201)
    expect((await start(token, { project: 'fraud' })).body).toMatchObject({ status: 403, field: 'project' })
    expect((await start(token, { project: 'brand new' })).status).toBe(403)
    const note = { text: 'x' }
    expect((await api.call('POST', '/api/v1/runs/fraud%231/notes', note, { token })).status).toBe(404)
    expect((await api.call('POST', '/api/v1/runs/churn%231/notes', note, { token })).status).toBe(201)
  })

  it('keep a restricted admin from tokens', async () => {
    const { token } = await api.token(['admin'], 'churn')
    const made = { name: 'a', person: 'a', scopes: ['admin'] }
    expect((await api.call('POST', '/api/v1/tokens', made, { token })).status).toBe(403)
  })

  it('let only an admin write in the name of somebody else', async () => {
    const { token } = await api.token(['ingest'], undefined, 'ben')
    const path = '/api/v1/runs/churn%231/notes'
    expect((await api.call('POST', path, { text: 'x', author: 'ana' }, { token })).body.field).toBe('author')
    expect((await api.call('POST', path, { text: 'x' }, { token })).body.author).toBe('ben')
  })

  it('leave a trail of who and from where', async () => {
    const { token } = await api.token(['ingest'], undefined, 'cleo')
    await start(token)
    const trail = await api.db.selectFrom('audit').selectAll().where('actor', '=', 'cleo').execute()
    expect(trail).toMatchObject([
      { action: 'run.create', origin: 'api', subject: expect.stringMatching(/^churn#/) },
    ])
    const made = await api.db.selectFrom('audit').selectAll().where('action', '=', 'token.revoke').execute()
    expect(made).toMatchObject([{ actor: 'admin' }])
  })
})

describe('log-ins', () => {
  it('live thirty days, hashed, and end with their token', async () => {
    const { id } = await api.token(['read'], 'churn', 'dora')
    const session = await createSession(api.ctx, id)
    const kept = await api.db.selectFrom('web_sessions').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(session.id)
    expect(await authenticateSession(api.ctx, session.id)).toMatchObject({
      person: 'dora',
      projectName: 'churn',
    })
    await api.call('DELETE', `/api/v1/tokens/${id}`)
    expect(await authenticateSession(api.ctx, session.id)).toBeUndefined()
  })

  it('end by themselves, or by leaving', async () => {
    const one = await createSession(api.ctx, null)
    expect(await authenticateSession(api.ctx, one.id)).toMatchObject({ person: 'admin', scopes: ['admin'] })
    await deleteSession(api.ctx, one.id)
    expect(await authenticateSession(api.ctx, one.id)).toBeUndefined()
    const two = await createSession(api.ctx, null)
    api.clock.at = new Date(api.clock.at.getTime() + 30 * 24 * 3_600_000)
    expect(await authenticateSession(api.ctx, two.id)).toBeUndefined()
  })
})
