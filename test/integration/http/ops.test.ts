import { Validator } from '@seriousme/openapi-schema-validator'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDb, createPool } from '../../../src/db/client.ts'
import type { Check } from '../../../src/http/ops.ts'
import { type Api, startApi } from './harness.ts'

let api: Api
let checks: Check[] = []
beforeAll(async () => {
  api = await startApi({ checks: async () => checks, gauges: async () => ({ outbox_depth: 3 }) })
})
afterAll(async () => await api.stop())

describe('health', () => {
  it('needs no token', async () => {
    expect((await api.call('GET', '/healthz', undefined, { token: null })).body).toEqual({ status: 'ok' })
  })

  it('names what is not ready; a chat platform is a detail', async () => {
    checks = [
      { name: 'database', ok: true, detail: 'answers' },
      { name: 'queue', ok: true, detail: 'answers' },
      { name: 'slack', ok: false, detail: 'invalid_auth', fix: 'set SLACK_BOT_TOKEN' },
    ]
    const ready = await api.call('GET', '/readyz', undefined, { token: null })
    expect(ready.status).toBe(200)
    expect(ready.body.checks).toHaveLength(3)
    checks = [
      { name: 'database', ok: true, detail: 'answers' },
      { name: 'queue', ok: false, detail: 'no answer' },
    ]
    const not = await api.call('GET', '/readyz', undefined, { token: null })
    expect(not.status).toBe(503)
    expect(not.body.failing).toEqual(['queue'])
  })
})

describe('Prometheus', () => {
  it('counts by route, and shows gauges', async () => {
    const made = await api.call('POST', '/api/v1/runs', { project: 'churn' })
    const points = {
      points: [
        { name: 'a', value: 1 },
        { name: 'a', value: 2 },
      ],
    }
    await api.call('POST', `/api/v1/runs/${made.body.run.id}/metrics`, points)
    expect((await api.call('GET', '/metrics', undefined, { token: null })).status).toBe(401)
    const { text } = await api.call('GET', '/metrics')
    const line = (name: string) => text.split('\n').find((one) => one.startsWith(name))
    expect(line('expediter_outbox_depth')).toBe('expediter_outbox_depth 3')
    expect(line('expediter_points_accepted')).toBe('expediter_points_accepted_total 2')
    const counted =
      'expediter_http_request_duration_seconds_count{method="POST",route="/api/v1/runs/:run/metrics",status="200"}'
    expect(line(counted)).toBe(`${counted} 1`)
  })
})

describe('OpenAPI', () => {
  it('is valid 3.1, and asks for a token where the routes do', async () => {
    const { body } = await api.call('GET', '/api/openapi.json', undefined, { token: null })
    const validator = new Validator()
    expect(await validator.validate(body)).toMatchObject({ valid: true })
    expect(validator.version).toBe('3.1')
    expect(body.paths['/healthz'].get.security).toEqual([])
    expect(body.paths['/api/v1/runs'].post.requestBody).toBeDefined()
  })
})

describe('every answer', () => {
  it('carries headers that keep browsers from guessing', async () => {
    for (const path of ['/healthz', '/api/v1/runs', '/nothing']) {
      const { headers } = await api.call('GET', path)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  })
})

describe('limits', () => {
  it('429 with Retry-After, per token', async () => {
    const small = await startApi({ rateLimit: { max: 2, windowMs: 60_000 } })
    try {
      const other = await small.token(['read'])
      const ask = (token?: string) =>
        small.call('GET', '/api/v1/tokens', undefined, token === undefined ? {} : { token })
      expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
      const limited = await ask()
      expect(limited.status).toBe(429)
      expect(limited.body.code).toBe('rate_limited')
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
      expect((await ask(other.token)).status).toBe(403)
      expect((await small.call('GET', '/healthz')).status).toBe(200)
    } finally {
      await small.stop()
    }
  })

  it('a database that cannot be reached is 503 with Retry-After, never 500', async () => {
    const lone = await startApi()
    const { token } = await lone.token(['ingest'])
    const real = lone.ctx.db
    const send = () => lone.call('POST', '/api/v1/runs', { project: 'churn' }, { token })
    lone.ctx.db = createDb(createPool({ url: 'postgres://nobody@127.0.0.1:1/none', onError: () => {} }))
    const refused = await send()
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBe('5')
    await lone.ctx.db.destroy()
    expect((await send()).status).toBe(503)
    lone.ctx.db = real
    expect((await send()).status).toBe(201)
    await lone.stop()
  })

  // Node ends the process unless the pool listens to errors of clients that are in use, too.
  it('a connection that is cut in the middle of a write is 503, and nothing is written', async () => {
    await api.call('POST', '/api/v1/runs', { project: 'cut' })
    await api.db.transaction().execute(async (trx) => {
      await trx.selectFrom('projects').selectAll().where('name', '=', 'cut').forUpdate().execute()
      const waiting = api.call('POST', '/api/v1/runs', { project: 'cut' })
      const cut = sql<{ cut: boolean }>`select pg_terminate_backend(pid) as cut from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      for (let rows: unknown[] = []; rows.length === 0; ) rows = (await cut.execute(trx)).rows
      expect((await waiting).status).toBe(503)
    })
    const { body } = await api.call('GET', '/api/v1/runs?project=cut')
    expect(body.items).toHaveLength(1)
  })
})
