import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { findMetric } from '../../../src/domain/metrics/find-metric.ts'
import { leaderboard } from '../../../src/domain/boards/leaderboard.ts'
import { boardPicture } from '../../../src/domain/pictures/board-picture.ts'
import { recordPicture } from '../../../src/domain/pictures/record-picture.ts'
import { leaderboardReport } from '../../../src/domain/reports/leaderboard.ts'
import type { BarChart, Chart, LineChart } from '../../../src/messages/chart.ts'
import type { ChartBlock, Message } from '../../../src/messages/model.ts'
import { asker } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logCurve, seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  for (const [run, top] of [0.7, 0.82, 0.79, 0.9].entries()) {
    await seedRuns(test, { project: 'churn', name: `net ${run}`, owner: 'ana', status: 'running' })
    const steps = Array.from({ length: 12 }, (_, step) => step * 100)
    await logCurve(
      test,
      `churn#${run + 1}`,
      {
        accuracy: steps.map((step) => [step, top * (1 - Math.exp(-step / 300))]),
        val_loss: steps.map((step) => [step, Math.exp(-step / 400) + (1 - top)]),
        lr: steps.map((step) => [step, 0.1 * 0.99 ** step]),
      },
      'finished',
    )
  }
})
afterAll(() => test.close())

const chartsIn = ({ blocks }: Message): ChartBlock[] => blocks.filter((block) => block.type === 'chart')
/** The chart of a block that must be there. */
function drawn<T extends Chart>(block: ChartBlock | undefined): T {
  if (block === undefined) throw new Error('no chart')
  return block.chart as T
}
const say = async (line: string) => chartsIn((await dispatch(test.ctx, asker(), line)).message)

describe('what each message draws', () => {
  it.each([
    'best accuracy in churn',
    'leaderboard accuracy in churn',
    'show churn#4',
    'compare churn#2 churn#4',
    'plot val_loss log in churn top 2',
    'plot accuracy val_loss in churn',
  ])('%s', async (line) => {
    expect(await say(line)).toMatchSnapshot()
  })

  it('a scheduled leaderboard of one project', async () => {
    const now = test.ctx.clock.now()
    const input = { channelId: null, zone: 'UTC', slot: now, previousSlot: null, late: false }
    const [chart] = chartsIn(await leaderboardReport(test.ctx, { ...input, project: 'churn' }))
    expect(chart).toEqual((await say('leaderboard accuracy in churn'))[0])
  })
})

describe('best so far', () => {
  it('is not drawn for what was asked with conditions: the records are those of all runs', async () => {
    expect(await say('best accuracy in churn by:ana')).toEqual([])
  })

  it('never goes back, whatever the order in which runs finished', async () => {
    await seedRuns(test, ...[1, 2, 3].map(() => ({ project: 'late', status: 'running' as const })))
    for (const [run, value] of [
      [3, 0.5],
      [1, 0.8],
      [2, 0.9],
    ] as const)
      await logCurve(test, `late#${run}`, { accuracy: [[0, value]] }, 'finished')
    const project = await test.db
      .selectFrom('projects')
      .select(['id', 'name'])
      .where('name', '=', 'late')
      .executeTakeFirstOrThrow()
    const metric = await findMetric(test.ctx, project, 'accuracy')
    const block = await recordPicture(test.ctx, 'late', metric, { number: 2, label: 'late#2' })
    const [steps] = drawn<LineChart>(block).series
    expect(steps).toMatchObject({ x: [1, 2, 3], y: [0.8, 0.9, 0.9], mark: { at: 1, label: 'late#2' } })
    const gone = await recordPicture(test.ctx, 'late', metric, { number: 3, label: 'late#3' })
    expect(drawn<LineChart>(gone).series[0]?.mark).toBeUndefined()
  })

  it('needs two runs', async () => {
    await seedRuns(test, { project: 'alone', metrics: { accuracy: 0.5 } })
    expect(await say('best accuracy in alone')).toEqual([])
    expect(await say('leaderboard accuracy in alone')).toEqual([])
  })
})

describe('bars', () => {
  const board = async (values: (number | string)[], name = 'score') => {
    const project = `bars-${values.join('-').slice(0, 60)}`
    await seedRuns(test, ...values.map((value) => ({ project, metrics: { [name]: Number(value) } })))
    await seedMetric(test, { project, metric: name, direction: 'max' })
    const row = await test.db
      .selectFrom('projects')
      .select(['id', 'name'])
      .where('name', '=', project)
      .executeTakeFirstOrThrow()
    const metric = await findMetric(test.ctx, row, name)
    return boardPicture(await leaderboard(test.ctx, { project: row, metric, top: 40 }))
  }
  const begin = async (...values: number[]) => drawn<BarChart>(await board(values)).from

  it('begin at zero, unless all of them would look alike', async () => {
    expect(await begin(0.5, 0.9)).toBe(0)
    expect(await begin(0.93, 0.941)).toBeCloseTo(0.92, 5)
    expect(await begin(1_000_001, 1_000_004)).toBe(1_000_000)
    expect(await begin(5, 5)).toBe(0)
    expect(await begin(-3, 7)).toBe(0)
    expect(await begin(0, 1e-9)).toBe(0)
  })

  it('say so when they do not', async () => {
    expect((await board([0.9301, 0.9412]))?.alt).toContain('The bars begin at 0.92, not at zero.')
  })

  it('are at most twenty, and a run that diverged has words instead', async () => {
    const many = await board(Array.from({ length: 30 }, (_, run) => run + 1))
    expect(drawn<BarChart>(many).bars).toHaveLength(20)
    expect(many?.chart.subtitle).toContain('the first 20 of 30')
    const diverged = await board([1, 2, Number.NaN])
    expect(drawn<BarChart>(diverged).bars.at(-1)).toMatchObject({ value: null, text: 'diverged' })
    expect(diverged?.alt).toContain('1 run diverged.')
  })
})

describe('a long history', () => {
  it('is thinned to what can be seen, spikes kept, and stays small where it is stored', async () => {
    const points = 20_000
    for (let run = 1; run <= 5; run++) {
      await seedRuns(test, { project: 'long', status: 'running' })
      const curve = Array.from({ length: points }, (_, step): [number, number] => [
        step,
        step === 12_345 ? 50 + run : Math.sin(step / 900 + run),
      ])
      await logCurve(test, `long#${run}`, { loss: curve })
    }
    const [block] = await say('compare long#1 long#2 long#3 long#4 long#5')
    const { series } = drawn<LineChart>(block)
    expect(series).toHaveLength(5)
    for (const [index, { x, y }] of series.entries()) {
      expect(y.length).toBeLessThanOrEqual(200)
      expect([x[0], x.at(-1)]).toEqual([0, points - 1])
      expect(Math.max(...y.map((value) => value ?? 0))).toBeCloseTo(51 + index, 2)
    }
    expect(JSON.stringify(block).length).toBeLessThan(25_000)
  }, 60_000)
})

it('a logarithmic axis needs something above zero', async () => {
  await seedRuns(test, { project: 'signs', status: 'running' })
  await logCurve(test, 'signs#1', {
    below: [
      [0, -2],
      [1, -1],
      [2, 0],
    ],
    around: [
      [0, -2],
      [1, 0],
      [2, 3],
    ],
  })
  const chartOf = async (line: string): Promise<{ chart: Chart; alt: string }> => {
    const [block] = await say(line)
    if (block === undefined) throw new Error(`no chart for ${line}`)
    return block
  }
  const below = await chartOf('plot below log signs#1')
  expect(below.chart).toMatchObject({ log: false, subtitle: 'no value above zero: not logarithmic' })
  const around = await chartOf('plot around log signs#1')
  expect(around.chart).toMatchObject({ log: true })
  expect(around.alt).toContain('Values at or below zero have no place on the logarithmic axis.')
})
