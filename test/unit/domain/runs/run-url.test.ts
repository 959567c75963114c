import { expect, it } from 'vitest'
import { parseRunUrl, runUrl } from '../../../../src/domain/runs/run-url.ts'

const ctx = { publicUrl: 'https://tracker.example/base' }

it.each(['churn', 'my churn', 'a/b', '100%', 'ünïcode?&='])(
  'reads the address of a run of %s back',
  (project) => {
    expect(parseRunUrl(ctx, runUrl(ctx, project, 42))).toEqual({ project, number: 42 })
  },
)

it.each([
  ['https://TRACKER.example/base/p/churn/runs/7/?x=1#y', { project: 'churn', number: 7 }],
  ['http://tracker.example/base/p/churn/runs/7', { project: 'churn', number: 7 }],
  ['https://tracker.example/p/churn/runs/7', undefined],
  ['https://tracker.example:8443/base/p/churn/runs/7', undefined],
  ['https://tracker.example.evil/base/p/churn/runs/7', undefined],
  ['https://tracker.example/base/p/churn/runs/x', undefined],
  ['https://tracker.example/base/p/churn/runs/7/part', undefined],
  ['https://tracker.example/base/p/%E0%A4%A/runs/7', undefined],
  ['javascript:alert(1)', undefined],
  ['not an address', undefined],
])('takes %s for %o', (address, run) => expect(parseRunUrl(ctx, address)).toEqual(run))
