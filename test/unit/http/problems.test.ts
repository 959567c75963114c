import { describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../../../src/errors.ts'
import { shorten, toProblem } from '../../../src/http/problems.ts'

describe('problem documents', () => {
  it.each<[ErrorCode, number]>([
    ['invalid', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['key_reused', 422],
    ['too_large', 413],
    ['rate_limited', 429],
    ['unavailable', 503],
  ])('%s is %i', (code, status) => {
    const { problem, defect } = toProblem(
      new AppError(code, 'said', { field: 'f', suggestions: ['accuracy'] }),
    )
    expect(problem).toMatchObject({ status, code, detail: 'said', field: 'f', suggestions: ['accuracy'] })
    expect(defect).toBe(false)
  })

  it.each([
    { code: 'ECONNREFUSED' },
    { code: '57P01' },
    { code: '53300' },
    new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })], ''),
    new Error('timeout exceeded when trying to connect'),
    new Error('Connection terminated unexpectedly'),
  ])('a database that is away is 503 with a time to come back (%#)', (error) => {
    expect(toProblem(error).problem).toMatchObject({ status: 503, retry_after_s: 5 })
  })

  it("values that Postgres refuses are the sender's fault", () => {
    expect(toProblem({ code: '22003', message: 'out of range' }).problem.status).toBe(400)
  })

  it('tells nothing about our own defects', () => {
    const { problem, defect } = toProblem(new TypeError('x of undefined at /srv/app'))
    expect(problem.status).toBe(500)
    expect(problem.detail).not.toMatch(/srv/)
    expect(defect).toBe(true)
  })

  it('shortens values', () => {
    expect(shorten('x'.repeat(200))).toBe(`${'x'.repeat(100)}...`)
    expect(shorten({ a: 1 })).toBe('an object of 1 fields')
    expect(shorten(10n ** 20n)).toBe('100000000000000000000')
  })
})
