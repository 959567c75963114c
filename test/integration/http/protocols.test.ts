import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actorOf } from '../../../src/domain/access/principal.ts'
import { principalOf } from '../../../src/http/auth.ts'
import { PROTOCOLS } from '../../../src/http/protocols/index.ts'
import type { Protocol } from '../../../src/http/protocols/protocol.ts'
import { ADMIN_TOKEN, type Instance, startInstance } from '../../support/instance.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** A protocol that logs `{"experiment": "churn", "result": {"accuracy": 0.9}}` as a finished run, and answers lines of text. */
const tiny: Protocol = {
  name: 'tiny',
  prefix: '/tiny/v2',
  register: (app, { writers }) => {
    app.post('/log', { config: { scope: 'ingest' } }, async (request) => {
      const { experiment, result } = request.body as { experiment: string; result: Record<string, number> }
      const input = { project: experiment, status: 'finished', metrics: result, source: 'tiny' } as const
      const { number } = await writers.start({ actor: actorOf(principalOf(request)), input })
      return { logged: number }
    })
    app.addContentTypeParser(
      'text/plain',
      { parseAs: 'string' },
      async (_request: FastifyRequest, text: string) => text.split('\n'),
    )
    app.setReplySerializer((payload) => JSON.stringify(payload))
    app.post('/lines', { config: { scope: 'ingest' } }, async (request) => ({
      lines: request.body,
      value: Number.NaN,
    }))
  },
  errorShape: ({ status, code, detail }) => ({
    status,
    contentType: JSON_TYPE,
    body: { error_code: code.toUpperCase(), message: detail },
  }),
}

let instance: Instance
beforeAll(async () => {
  instance = await startInstance({}, { protocols: [...PROTOCOLS, tiny] })
})
afterAll(() => instance.stop())

async function send(path: string, body: string, token: string | undefined = ADMIN_TOKEN) {
  const answer = await fetch(`${instance.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  })
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }
}

it('logs a run by another protocol onto the board of our API', async () => {
  await instance.finish({ project: 'churn', metrics: { accuracy: 0.8 } })
  const logged = await send('/tiny/v2/log', '{"experiment": "churn", "result": {"accuracy": 0.9}}')
  expect(logged).toMatchObject({ status: 200, body: { logged: 2 } })
  const board = await instance.api('GET', '/api/v1/projects/churn/leaderboard?metric=accuracy')
  expect(await board.json()).toMatchObject({
    rows: [{ run: { ref: 'churn#2' } }, { run: { ref: 'churn#1' } }],
  })
  const run = await instance.api('GET', '/api/v1/runs/churn%232')
  expect(await run.json()).toMatchObject({ run: { source: 'tiny', status: 'finished' } })
  const audit = await instance.app.ctx.db
    .selectFrom('audit')
    .select('origin')
    .where('subject', '=', 'churn#2')
    .execute()
  expect(audit).toEqual([{ origin: 'tiny' }])
})

describe('errors under the prefix have the shape of the protocol', () => {
  it.each([
    ['an unknown path', '/tiny/v2/nothing', '{}', ADMIN_TOKEN, 404, 'NOT_FOUND'],
    ['the prefix itself', '/tiny/v2', '{}', ADMIN_TOKEN, 404, 'NOT_FOUND'],
    ['a path that cannot be decoded', '/tiny/v2/%zz', '{}', ADMIN_TOKEN, 400, 'INVALID'],
    ['no token', '/tiny/v2/log', '{}', '', 401, 'UNAUTHORIZED'],
    ['an unknown token', '/tiny/v2/log', '{}', `exp-${'9'.repeat(40)}`, 401, 'UNAUTHORIZED'],
    ['a body that is no JSON', '/tiny/v2/log', '{"experiment"', ADMIN_TOKEN, 400, 'INVALID'],
    [
      'a run that a writer refuses',
      '/tiny/v2/log',
      '{"experiment": "churn", "result": {"": 1}}',
      ADMIN_TOKEN,
      400,
      'INVALID',
    ],
    ['a fault of ours', '/tiny/v2/log', '{"result": {}}', ADMIN_TOKEN, 500, 'INTERNAL'],
  ])('%s', async (_name, path, body, token, status, code) => {
    const answer = await send(path, body, token)
    expect(answer).toMatchObject({ status, type: JSON_TYPE, body: { error_code: code } })
    expect(Object.keys(answer.body as object)).toEqual(['error_code', 'message'])
  })

  it('says 405 for another method', async () => {
    const answer = await instance.api('GET', '/tiny/v2/log')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await answer.json()).toMatchObject({ error_code: 'METHOD_NOT_ALLOWED' })
  })
})

it('reads bodies and writes numbers in ways that other protocols do not', async () => {
  const text = { 'content-type': 'text/plain' }
  const own = await instance.api('POST', '/tiny/v2/lines', 'one', text)
  expect(await own.text()).toBe('{"lines":["\\"one\\""],"value":null}')
  const ours = await instance.api('POST', '/api/v1/runs', 'one', text)
  expect([ours.status, await ours.json()]).toMatchObject([415, { code: 'unsupported_type' }])
})

it('keeps problem documents for our API and for paths of no protocol', async () => {
  for (const path of ['/api/v1/runs', '/tiny/v20', '/tiny', '/nothing']) {
    const answer = await send(path, '{"project"')
    expect(answer).toMatchObject({ type: 'application/problem+json; charset=utf-8', body: { code: /./ } })
  }
})
