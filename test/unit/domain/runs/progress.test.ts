import { describe, expect, it } from 'vitest'
import { progressBar, progressOf } from '../../../../src/domain/runs/read/progress.ts'
import type { MetricView, RunView } from '../../../../src/domain/runs/types.ts'

type Said = {
  params?: RunView['params']
  tags?: Record<string, string>
  steps?: Record<string, number | null>
  epoch?: number
}

function progress({ params = {}, tags = {}, steps = {}, epoch }: Said) {
  const metrics = Object.fromEntries(
    Object.entries(steps).map(([name, last_step]) => [name, { last: 0.5, last_step } as MetricView]),
  )
  if (epoch !== undefined) metrics['epoch'] = { last: epoch, last_step: 900 } as MetricView
  const found = progressOf({ params, tags, metrics })
  return found === undefined ? undefined : `${found.done}/${found.total} ${found.unit} by ${found.of}`
}

describe('how far a run is', () => {
  it.each<[string, Said, string | undefined]>([
    [
      'steps against max_steps',
      { params: { max_steps: 2000 }, steps: { loss: 1200 } },
      '1200/2000 steps by max_steps',
    ],
    [
      'the furthest step',
      { params: { max_steps: 2000 }, steps: { loss: 1200, val: 1000 } },
      '1200/2000 steps by max_steps',
    ],
    [
      'a dotted name',
      { params: { 'trainer.max_steps': 10 }, steps: { loss: 5 } },
      '5/10 steps by trainer.max_steps',
    ],
    [
      'text, as MLflow sends it',
      { params: { max_steps: '2000' }, steps: { loss: 20 } },
      '20/2000 steps by max_steps',
    ],
    ['a tag', { tags: { total_steps: '100' }, steps: { loss: 20 } }, '20/100 steps by total_steps'],
    [
      'epochs against the epoch that is logged',
      { params: { num_train_epochs: 3 }, steps: { loss: 900 }, epoch: 1.5 },
      '1.5/3 epochs by num_train_epochs',
    ],
    ['epochs against the step', { params: { epochs: 20 }, steps: { loss: 7 } }, '7/20 epochs by epochs'],
    [
      'steps before epochs',
      { params: { epochs: 20, max_steps: 100 }, steps: { loss: 7 } },
      '7/100 steps by max_steps',
    ],
    [
      'no limit of steps, but of epochs',
      { params: { epochs: 20, max_steps: -1 }, steps: { loss: 7 } },
      '7/20 epochs by epochs',
    ],
    ['steps that are no epochs', { params: { epochs: 20 }, steps: { loss: 700 } }, undefined],
    ['no total', { params: { lr: 0.1 }, steps: { loss: 700 } }, undefined],
    ['no step yet', { params: { max_steps: 100 } }, undefined],
    ['points without steps', { params: { max_steps: 100 }, steps: { loss: null } }, undefined],
    ['words where a number should be', { params: { max_steps: 'all' }, steps: { loss: 7 } }, undefined],
    ['a name that only holds the word', { params: { warmup_steps_total: 5 }, steps: { loss: 1 } }, undefined],
  ])('%s', (_name, said, expected) => {
    expect(progress(said)).toBe(expected)
  })
})

it.each([
  [0, '░░░░░░░░░░ 0 %'],
  [0.004, '░░░░░░░░░░ 0 %'],
  [0.25, '██░░░░░░░░ 25 %'],
  [0.6, '██████░░░░ 60 %'],
  [0.999, '█████████░ 99 %'],
  [1, '██████████ 100 %'],
])('the bar of %d is %s', (fraction, bar) => {
  expect(progressBar(fraction)).toBe(bar)
})
