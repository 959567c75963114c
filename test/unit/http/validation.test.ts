import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { POINTS_BODY } from '../../../src/http/protocols/native/schemas.ts'
import { PATCH_BODY, RUN_BODY } from '../../../src/http/protocols/native/schemas.ts'
import { fieldPath, validatorCompiler } from '../../../src/http/validation.ts'

function check(schema: object, body: unknown): AppError | true {
  const validate = validatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '/' })
  const result = validate(body) as true | { error: AppError }
  return result === true ? true : result.error
}

describe('schema errors', () => {
  it.each([
    [RUN_BODY, {}, { field: 'project' }],
    [RUN_BODY, { project: 'a#b' }, { field: 'project', value: 'a#b' }],
    [RUN_BODY, { project: 'churn', metric: {} }, { field: 'metric', suggestions: ['metrics'] }],
    [RUN_BODY, { project: 'churn', metrics: { acc: true } }, { field: 'metrics.acc', value: true }],
    [RUN_BODY, { project: 'churn', metrics: { acc: '' } }, { field: 'metrics.acc' }],
    [RUN_BODY, { project: 'churn', metrics: { acc: 'abc' } }, { field: 'metrics.acc', value: 'abc' }],
    [
      RUN_BODY,
      { project: 'churn', status: 'done' },
      { field: 'status', allowed: 'running, finished, failed, killed' },
    ],
    [RUN_BODY, { project: 'churn', tags: { stage: 1 } }, { field: 'tags.stage' }],
    [RUN_BODY, { project: 'churn', data: [{ name: 'a' }] }, { field: 'data[0].version' }],
    [RUN_BODY, { project: 'churn', started_at: 'yesterday' }, { field: 'started_at' }],
    [RUN_BODY, { project: 'churn', heartbeat_s: 2 ** 40 }, { field: 'heartbeat_s' }],
    [RUN_BODY, [], { field: 'body' }],
    [PATCH_BODY, { project: 'other' }, { field: 'project' }],
    [POINTS_BODY, { points: [{ name: 'a', value: 1, step: 1.5 }] }, { field: 'points[0].step', value: 1.5 }],
    [
      POINTS_BODY,
      { points: [{ name: 'a', value: 1, stp: 1 }] },
      { field: 'points[0].stp', suggestions: ['step'] },
    ],
    [POINTS_BODY, { series: { 'val/loss': [1, 'x'] } }, { field: 'series.val/loss[1]', value: 'x' }],
  ])('names the field (%#)', (schema, body, details) => {
    const error = check(schema, body)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).details).toMatchObject(details)
  })

  it.each([0, -1.5, null, 'NaN', 'Infinity', '-Infinity'])('takes %s as a value', (value) => {
    expect(check(RUN_BODY, { project: 'churn', metrics: { a: value } })).toBe(true)
    expect(check(POINTS_BODY, { points: [{ name: 'a', value }] })).toBe(true)
  })

  it('reads pointers', () => {
    expect(fieldPath('/points/3/step')).toBe('points[3].step')
    expect(fieldPath('/tags/a~1b')).toBe('tags.a/b')
  })
})
