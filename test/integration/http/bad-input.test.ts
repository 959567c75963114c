import { connect } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ timeouts: { requestMs: 300, idleMs: 5_000, checkEveryMs: 100 } })
})
afterAll(async () => await api.stop())

const post = (body: unknown, headers: Record<string, string> = {}, path = '/api/v1/runs') =>
  api.call('POST', path, body, { headers })
const runs = async () => (await api.db.selectFrom('runs').select('id').execute()).length

describe('G8: bodies', () => {
  it.each<[unknown, string]>([
    ['{', 'body'],
    ['[NaN]', 'body'],
    ['{"project":"p","metrics":{"a":NaN}}', 'body'],
    [Buffer.from([0x22, 0xff, 0x22]), 'body'],
    ['null', 'body'],
    ['"text"', 'body'],
    ['{"project":"p\\u0000"}', 'project'],
    ['{"project":"p","tags":{"a":"\\udc00"}}', 'tags.a'],
    ['{"project":"p","params":{"__proto__":1}}', 'params.__proto__'],
    ['{"project":"p","params":{"a":1e999}}', 'params.a'],
    ['{"project":"p","metrics":{"a":1e999}}', 'metrics.a'],
    ['{"project":"p","metrics":{"a":true}}', 'metrics.a'],
    ['{"project":"p","metrics":{"":1}}', 'metrics'],
    [{ project: 'p', metrcs: {} }, 'metrcs'],
    [{ project: 'p', params: { ['k'.repeat(251)]: 1 } }, `params.${'k'.repeat(251)}`],
    [{ project: 'p', params: { lr: 'x'.repeat(6_001) } }, 'params.lr'],
    [{ project: 'p', tags: { a: 'x'.repeat(8_001) } }, 'tags.a'],
    [{ project: 'p', ended_at: '2016-12-31T23:59:60Z', status: 'finished' }, 'ended_at'],
    [{ project: 'p', started_at: '0001-01-01T00:00:00Z' }, 'started_at'],
    [{ project: 'x'.repeat(129) }, 'project'],
  ])('are refused by field, and nothing is written (%#)', async (body, field) => {
    const before = await runs()
    const reply = await post(body)
    expect(reply.status).toBe(400)
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(reply.body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400, field })
    expect(reply.text.length).toBeLessThan(2_000)
    expect(await runs()).toBe(before)
  })

  it('B15: shows no secret in what it refuses', async () => {
    const secret = `exp-${'s'.repeat(40)}`
    const reply = await post({ project: 'p', status: secret })
    expect(reply.status).toBe(400)
    expect(reply.text).not.toContain(secret)
  })

  it('suggests the field that was meant', async () => {
    expect((await post({ project: 'p', metrisc: {} })).body.suggestions).toEqual(['metrics'])
  })

  it('survives nesting without end', async () => {
    const deep = `{"project":"p","params":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
    expect((await post(deep)).status).toBe(400)
    const unknown = `{"project":"p","other":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect((await post(unknown)).status).toBe(400)
  })

  it('must be JSON, and say so', async () => {
    expect(
      (await post('project=p', { 'content-type': 'application/x-www-form-urlencoded' })).body,
    ).toMatchObject({
      status: 415,
      allowed: 'application/json',
    })
    expect((await post({ project: 'p' }, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      201,
    )
    expect((await api.call('POST', '/api/v1/runs')).status).toBe(400)
  })

  it('end at 1 MB, before and after inflation', async () => {
    const padded = JSON.stringify({ project: 'p', command: '' }) + ' '.repeat(1024 * 1024)
    expect((await post(padded)).status).toBe(413)
    expect((await post(gzipSync(padded), { 'content-encoding': 'gzip' })).status).toBe(413)
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20))
    const began = Date.now()
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413)
    expect(Date.now() - began).toBeLessThan(1_000)
  })

  it('may be compressed, and must then be whole', async () => {
    const text = JSON.stringify({ project: 'packed' })
    expect((await post(gzipSync(text), { 'content-encoding': 'gzip' })).status).toBe(201)
    expect((await post(deflateSync(text), { 'content-encoding': 'deflate' })).status).toBe(201)
    expect((await post(text, { 'content-encoding': 'gzip' })).body).toMatchObject({
      status: 400,
      field: 'Content-Encoding',
    })
    expect((await post(gzipSync(text).subarray(0, 20), { 'content-encoding': 'gzip' })).status).toBe(400)
    expect((await post(text, { 'content-encoding': 'zstd' })).status).toBe(415)
  })
})

describe('G8: addresses', () => {
  it('that do not exist are 404, other methods 405 with Allow', async () => {
    expect((await api.call('GET', '/api/v1/nothing')).body).toMatchObject({ status: 404, code: 'not_found' })
    const wrong = await api.call('PUT', '/api/v1/runs')
    expect(wrong.status).toBe(405)
    expect(wrong.headers['allow']).toContain('POST')
    expect((await api.call('DELETE', '/api/v1/runs/churn%231/heartbeat')).headers['allow']).toBe('POST')
  })

  it.each([
    '/api/v1/runs/%00/notes',
    '/api/v1/runs/%ff/notes',
    '/api/v1/runs/%/notes',
    '/api/v1/runs/churn%2399999999999999999999/notes',
    `/api/v1/runs/${'x'.repeat(5_000)}/notes`,
  ])('with junk in them are 4xx: %s', async (path) => {
    const reply = await post({ text: 'x' }, {}, path)
    expect(reply.status).toBeGreaterThanOrEqual(400)
    expect(reply.status).toBeLessThan(500)
    expect(reply.headers['content-type']).toMatch(/problem\+json/)
  })
})

describe('connections', () => {
  it('whose body never ends are closed, and hinder nobody', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as { port: number }
    const socket = connect(port, '127.0.0.1')
    const answer = new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      socket.on('close', () => resolve(text))
    })
    socket.write(
      `POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"proj`,
    )
    expect((await post({ project: 'meanwhile' })).status).toBe(201)
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('that do not speak HTTP get a problem document', async () => {
    const { port } = api.app.server.address() as { port: number }
    const socket = connect(port, '127.0.0.1')
    const answer = new Promise<string>((resolve) => socket.on('data', (data) => resolve(String(data))))
    socket.write('nonsense\r\n\r\n')
    expect(await answer).toMatch(/^HTTP\/1\.1 400 Bad Request[\s\S]+problem\+json/)
  })
})
