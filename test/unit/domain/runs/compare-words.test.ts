import { describe, expect, it } from 'vitest'
import { inputWords, verdictWords } from '../../../../src/domain/runs/compare/compare-words.ts'
import { metricDifferences } from '../../../../src/domain/runs/compare/metric-differences.ts'
import type { MetricView, RunView } from '../../../../src/domain/runs/types.ts'

const DIRECTIONS: Record<string, 'max' | 'min' | null> = {
  accuracy: 'max',
  f1: 'max',
  loss: 'min',
  latency: 'min',
}

type Values = Record<string, number | null>

function run(number: number, metrics: Values, more: Partial<RunView> = {}): RunView {
  const views = Object.entries(metrics).map(([name, value]) => [
    name,
    { value, direction: DIRECTIONS[name] ?? null, unit: name === 'latency' ? 'ms' : null } as MetricView,
  ])
  return {
    ref: `churn#${number}`,
    metrics: Object.fromEntries(views),
    fingerprint: null,
    seed_group: null,
    ...more,
  } as RunView
}

function words(comparable: boolean, ...metrics: Values[]): string {
  const runs = metrics.map((values, index) => run(index + 1, values))
  return verdictWords({ runs, metrics: metricDifferences(runs, ['accuracy']), comparable })
}

describe('which run wins on what', () => {
  it.each<[string, Values[], string]>([
    [
      'one metric',
      [{ accuracy: 0.931 }, { accuracy: 0.941 }],
      'churn#2 wins on accuracy (0.941 against 0.931).',
    ],
    ['lower is better', [{ loss: 0.2 }, { loss: 0.3 }], 'churn#1 wins on loss (0.2 against 0.3).'],
    [
      'all of several',
      [
        { accuracy: 0.9, f1: 0.8, loss: 0.3 },
        { accuracy: 0.95, f1: 0.85, loss: 0.2 },
      ],
      'churn#2 wins on all 3 metrics that can be compared: accuracy (0.95 against 0.9), f1 and loss.',
    ],
    [
      'some each, the one with more first',
      [
        { accuracy: 0.9, f1: 0.8, latency: 12 },
        { accuracy: 0.95, f1: 0.85, latency: 15 },
      ],
      'churn#2 wins on accuracy (0.95 against 0.9) and f1, churn#1 on latency (12 ms against 15).',
    ],
    [
      'one each: the metric that the project is about first',
      [
        { latency: 12, accuracy: 0.9 },
        { latency: 15, accuracy: 0.95 },
      ],
      'churn#2 wins on accuracy (0.95 against 0.9), churn#1 on latency (12 ms against 15).',
    ],
    [
      'three runs: against the next best',
      [{ accuracy: 0.9 }, { accuracy: 0.95 }, { accuracy: 0.93 }],
      'churn#2 wins on accuracy (0.95 against 0.93).',
    ],
    [
      'two that are level before a third',
      [{ accuracy: 0.95 }, { accuracy: 0.95 }, { accuracy: 0.9 }],
      'On accuracy churn#1 and churn#2 are level.',
    ],
    [
      'a run that diverged loses',
      [{ loss: null }, { loss: 0.3 }],
      'churn#2 wins on loss (0.3, the other diverged).',
    ],
    ['nobody said which way', [{ foo: 1 }, { foo: 2 }], 'No direction is set for foo.'],
    [
      'both',
      [
        { accuracy: 0.9, foo: 1 },
        { accuracy: 0.8, foo: 2 },
      ],
      'churn#1 wins on accuracy (0.9 against 0.8). No direction is set for foo.',
    ],
    ['only one has it', [{ accuracy: 0.9 }, {}], 'They share no metric that differs.'],
    ['equal', [{ accuracy: 0.9 }, { accuracy: 0.9 }], 'No metric differs.'],
    ['none', [{}, {}], 'They logged no metric.'],
  ])('%s', (_name, metrics, sentence) => {
    expect(words(true, ...metrics)).toBe(sentence)
  })

  it('says by which measure where the data differ', () => {
    expect(words(false, { accuracy: 0.9 }, { accuracy: 0.95 })).toBe(
      'By the numbers alone: churn#2 wins on accuracy (0.95 against 0.9).',
    )
  })

  it('names a handful of many', () => {
    const many = (value: number) =>
      Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`f1_${index}`, value]))
    const runs = [run(1, many(1)), run(2, many(2))]
    for (const one of runs) for (const view of Object.values(one.metrics)) view.direction = 'max'
    expect(verdictWords({ runs, metrics: metricDifferences(runs, []), comparable: true })).toBe(
      'churn#2 wins on all 6 metrics that can be compared: f1_0 (2 against 1), f1_1, f1_2 and 3 more.',
    )
  })
})

it('metrics of projects that do not agree on the direction are not judged', () => {
  const runs = [run(1, { accuracy: 1 }), run(2, { accuracy: 2 })]
  const [view] = Object.values(runs[1]?.metrics ?? {})
  if (view !== undefined) view.direction = 'min'
  expect(metricDifferences(runs, [])).toMatchObject([
    { direction: null, verdicts: [null, 'different'], best: [] },
  ])
})

it('says what the inputs have in common', () => {
  const of = (fingerprint: string | null, seed_group: string | null) =>
    run(1, {}, { fingerprint, seed_group })
  expect(inputWords([of('a', 'g'), of('a', 'g')])).toMatch(/inputs are the same/)
  expect(inputWords([of('a', 'g'), of('b', 'g')])).toMatch(/by the seed alone/)
  expect(inputWords([of('a', 'g'), of('b', 'h')])).toBeNull()
  expect(inputWords([of(null, null), of(null, null)])).toBeNull()
})
