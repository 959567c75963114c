import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, dispatch } from '../../../src/bots/dispatch.ts'
import { findMetric } from '../../../src/domain/metrics/find-metric.ts'
import { paretoFront } from '../../../src/domain/boards/pareto-front.ts'
import type { Chart, LineChart, ScatterChart } from '../../../src/messages/chart.ts'
import type { Message } from '../../../src/messages/model.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logCurve, seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  for (let run = 1; run <= 7; run++) {
    await seedRuns(test, { project: 'churn', name: `net ${run}`, owner: 'ana', status: 'running' })
    const steps = Array.from({ length: 50 }, (_, step) => step * 10)
    await logCurve(test, `churn#${run}`, {
      accuracy: steps.map((step) => [step, 0.5 + run / 100 + step / 2_000]),
      loss: steps.map((step) => [step, step === 100 ? Number.NaN : 10 ** (-step / 100) / run]),
    })
    await logCurve(test, `churn#${run}`, { latency_ms: [[0, run * 10]] }, 'finished')
  }
  await seedRuns(test, { project: 'fraud', metrics: { auc: 0.7, accuracy: 0.6 } })
  await seedMetric(test, { project: 'churn', metric: 'latency_ms', direction: 'min', unit: 'ms' })
})
afterAll(() => test.close())

const say = async (line: string) => (await dispatch(test.ctx, asker(), line)).message
const chartIn = ({ blocks }: Message): { chart: Chart; alt: string } | undefined =>
  blocks.find((block) => block.type === 'chart')
const lineOf = (message: Message) => chartIn(message)?.chart as LineChart

describe('plot with runs', () => {
  it('draws their curves on top of each other, and says where each came to', async () => {
    const message = await say('plot accuracy churn#1 #2')
    const chart = lineOf(message)
    expect(chart).toMatchObject({ kind: 'line', title: 'accuracy', subtitle: 'higher is better', log: false })
    expect(chart.series.map(({ name, label, x }) => [name, label, x.length])).toEqual([
      ['churn#1 net 1', 'churn#1', 50],
      ['churn#2 net 2', 'churn#2', 50],
    ])
    expect(chartIn(message)?.alt).toBe('Highest accuracy: churn#2 with 0.765 leads, then churn#1 with 0.755.')
    expect(wordsOf(message)).toContain('0.765 (best, step 490)')
    expect(buttonsOf(message).map(({ label }) => label)).toEqual(['Compare', 'Share'])
    expect(message.about).toHaveLength(2)
  })

  it('takes a range, and draws the best five of it', async () => {
    const message = await say('plot loss churn#1..7')
    expect(lineOf(message).series.map(({ label }) => label)).toEqual(
      [7, 6, 5, 4, 3].map((run) => `churn#${run}`),
    )
    expect(wordsOf(message)).toContain('The best 5 of 7 runs')
  })

  it('has a logarithmic axis when asked, wherever the word stands', async () => {
    for (const line of ['plot loss log churn#1', 'plot loss churn#1 LOG']) {
      expect(lineOf(await say(line))).toMatchObject({ log: true, subtitle: 'lower is better' })
    }
    expect(lineOf(await say('plot loss churn#1')).log).toBe(false)
  })

  it('tells of NaN, which is a gap', async () => {
    const message = await say('plot loss churn#1')
    expect(lineOf(message).series[0]?.y[10]).toBeNull()
    expect(chartIn(message)?.alt).toContain('1 value NaN or infinite: gaps in the line.')
  })

  it('without the metric says what there is', async () => {
    expect(wordsOf(await say('plot acuracy churn#1'))).toContain('Did you mean accuracy?')
  })

  it('says when there is no curve', async () => {
    const message = await say('plot latency_ms churn#1')
    expect(chartIn(message)).toBeUndefined()
    expect(wordsOf(message)).toContain('no curve to draw')
  })
})

describe('plot without runs', () => {
  it('draws the best of the board, as conditions and top say', async () => {
    const labels = async (line: string) => lineOf(await say(line)).series.map(({ label }) => label)
    expect(await labels('plot accuracy in churn')).toEqual([7, 6, 5, 4, 3].map((run) => `churn#${run}`))
    expect(await labels('plot accuracy in churn top 2')).toEqual(['churn#7', 'churn#6'])
    expect(await labels('plot accuracy in churn latency_ms<=20')).toEqual(['churn#2', 'churn#1'])
  })

  it('asks for the project where several have the metric', async () => {
    await expect(ask(test.ctx, asker(), 'plot accuracy')).rejects.toThrow('Which project?')
  })

  it('asks which way is better where nobody said it', async () => {
    await seedRuns(test, { project: 'other', metrics: { foo: 1 } })
    expect(buttonsOf(await say('plot foo in other')).map(({ label }) => label)).toEqual([
      'Higher is better',
      'Lower is better',
    ])
  })

  it('leads to the board where runs logged one value each', async () => {
    const message = await say('plot auc in fraud')
    expect(wordsOf(message)).toContain('no curve')
    expect(buttonsOf(message)[0]?.action).toEqual({ do: 'ask', line: 'leaderboard auc in fraud' })
  })
})

describe('plot with two metrics', () => {
  it('puts all finished runs against each other and names the front', async () => {
    const { message, data } = await ask(test.ctx, asker(), 'plot accuracy latency_ms in churn')
    const chart = chartIn(message)?.chart as ScatterChart
    expect(chart).toMatchObject({
      kind: 'scatter',
      title: 'accuracy against latency_ms in churn',
      xLabel: 'latency_ms in ms (lower is better)',
      yLabel: 'accuracy (higher is better)',
      steps: 'before',
    })
    expect(chart.front.map(({ label }) => label)).toEqual([1, 2, 3, 4, 5, 6, 7].map((run) => `churn#${run}`))
    expect(data).toMatchObject({ runs: 7, x: { metric: 'latency_ms' }, y: { metric: 'accuracy' } })
    expect(chartIn(message)?.alt).toContain('7 of 7 finished runs are beaten by no other in both')
  })

  it('takes conditions, and says when nothing fits', async () => {
    const some = await say('plot accuracy latency_ms in churn latency_ms>50')
    expect(chartIn(some)?.chart).toMatchObject({ front: [{ label: 'churn#6' }, { label: 'churn#7' }] })
    expect(wordsOf(await say('plot accuracy latency_ms in churn latency_ms>500'))).toContain(
      'No finished run',
    )
  })

  it('suggests what was meant', async () => {
    expect(wordsOf(await say('plot accuracy latensy_ms in churn'))).toContain('Did you mean latency_ms?')
    expect(wordsOf(await say('plot accuracy latency_ms churn#1 in churn'))).toContain(
      'Either runs or one other',
    )
  })
})

it('the front is what looking at each pair of runs finds', async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.constantFrom('max' as const, 'min' as const),
      fc.constantFrom('max' as const, 'min' as const),
      async (pairs, forX, forY) => {
        const project = `front-${(count += 1)}`
        await seedRuns(test, ...pairs.map(([x, y]) => ({ project, metrics: { x, y } })))
        for (const [metric, direction] of [
          ['x', forX],
          ['y', forY],
        ] as const)
          await seedMetric(test, { project, metric, direction })
        const row = await test.db
          .selectFrom('projects')
          .select(['id', 'name'])
          .where('name', '=', project)
          .executeTakeFirstOrThrow()
        const [x, y] = [await findMetric(test.ctx, row, 'x'), await findMetric(test.ctx, row, 'y')]
        const { front, others, runs } = await paretoFront(test.ctx, { project: row, x, y })
        const gain = (direction: 'max' | 'min', a: number, b: number) => (direction === 'max' ? a - b : b - a)
        const isBeaten = ([ax, ay]: [number, number]) =>
          pairs.some(([bx, by]) => {
            const [inX, inY] = [gain(forX, bx, ax), gain(forY, by, ay)]
            return inX >= 0 && inY >= 0 && inX + inY > 0
          })
        const expected = new Set(pairs.filter((pair) => !isBeaten(pair)).map(String))
        expect(new Set(front.map((run) => `${run.x},${run.y}`))).toEqual(expected)
        expect(front).toHaveLength(expected.size)
        expect(runs).toBe(pairs.length)
        expect(others).toHaveLength(pairs.length - expected.size)
      },
    ),
    fuzzRuns(25),
  )
}, 60_000)
