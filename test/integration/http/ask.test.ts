import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
const ask = (q: string, token?: string) =>
  api.call('GET', `/api/v1/ask?q=${encodeURIComponent(q)}`, undefined, token === undefined ? {} : { token })

beforeAll(async () => {
  api = await startApi()
  for (const accuracy of [0.5, 0.9]) {
    const body = { project: 'churn', status: 'finished', metrics: { accuracy, odd: 1 } }
    await api.call('POST', '/api/v1/runs', body)
  }
})
afterAll(async () => await api.stop())

describe('C11: GET /ask', () => {
  it('answers with the message behind the chat answer, and its facts', async () => {
    const { status, body } = await ask('best accuracy in churn')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      command: 'best',
      text: expect.stringContaining('0.9'),
      message: { blocks: expect.any(Array) },
      data: { project: 'churn', metric: 'accuracy', direction: 'max', aggregate: 'best' },
    })
    expect(body.data.rows[0]).toMatchObject({ rank: 1, run: { ref: 'churn#2' }, value: 0.9 })
    expect(body.text).toBe(body.message.fallback)
  })

  it('has the rows of the leaderboard route', async () => {
    const { body } = await ask('leaderboard accuracy in churn')
    const board = await api.call('GET', '/api/v1/projects/churn/leaderboard?metric=accuracy')
    expect(body.data.rows).toEqual(board.body.rows)
  })

  it('A4: says what is wrong', async () => {
    expect((await ask('best acuracy in churn')).body).toMatchObject({
      status: 404,
      suggestions: ['accuracy'],
    })
    expect((await ask('best accuracy in churn where lr<')).body).toMatchObject({
      status: 400,
      token: expect.any(String),
      position: expect.any(Number),
    })
    expect((await ask('best odd in churn')).body).toMatchObject({ status: 409, choices: ['max', 'min'] })
    expect((await ask('bset accuracy')).status).toBe(404)
    expect((await api.call('GET', '/api/v1/ask')).body.field).toBe('q')
  })

  it('refuses to change anything', async () => {
    const reply = await ask('goal odd max in churn')
    expect(reply.status).toBe(405)
    expect(reply.headers['allow']).toBe('POST')
    expect((await ask('best odd in churn')).status).toBe(409)
  })

  it('shows a restricted token its project only', async () => {
    const { token } = await api.token(['read'], 'churn')
    await api.call('POST', '/api/v1/runs', { project: 'fraud', status: 'finished', metrics: { accuracy: 1 } })
    expect((await ask('best accuracy in churn', token)).status).toBe(200)
    expect((await ask('best accuracy in fraud', token)).status).toBe(404)
    expect((await ask('show fraud#1', token)).status).toBe(404)
  })
})

describe('POST /ask', () => {
  const post = (body: object, options = {}) => api.call('POST', '/api/v1/ask', body, options)

  it('changes things for tokens that may', async () => {
    const { token } = await api.token(['read'])
    expect((await post({ q: 'goal odd min in churn' }, { token })).status).toBe(403)
    expect((await post({ q: 'best accuracy in churn' }, { token })).status).toBe(200)
    expect((await post({ q: 'goal odd min in churn' })).status).toBe(200)
    expect((await ask('best odd in churn')).body.data.direction).toBe('min')
  })

  it('gives a repeat the first answer', async () => {
    const headers = { 'idempotency-key': 'asked' }
    const body = { q: 'watch churn best' }
    const replies = await Promise.all([1, 2, 3].map(() => post(body, { headers })))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect((await post({ q: 'projects' }, { headers })).status).toBe(422)
  })
})
