import type { Chart, LineSeries } from '../../../src/messages/chart.ts'

/** Charts as messages carry them: curves, a record, a board, a front, in turn; no two of them are the same. */
export function chartOf(random: () => number, at: number): Chart {
  const title = `accuracy in churn, ${at} ${random()}`
  switch (at % 4) {
    case 0:
      return curves(title, random, at % 8 === 0)
    case 1:
      return record(title, random)
    case 2:
      return board(title, random)
    default:
      return front(title, random)
  }
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

function curves(title: string, random: () => number, log: boolean): Chart {
  const series = counted(3).map((run): LineSeries => {
    const x = counted(330).map((step) => step * 30)
    return {
      name: `churn#${run} wide-net`,
      label: `churn#${run}`,
      style: 'line',
      x,
      y: x.map((step) => Math.exp(-step / (2_000 + run * 500)) + random() * 0.02),
    }
  })
  return { kind: 'line', title, subtitle: 'lower is better', xLabel: 'step', yLabel: 'loss', log, series }
}

function record(title: string, random: () => number): Chart {
  const x = counted(300)
  const y = x.map(() => random())
  const best = counted(12)
  const steps: LineSeries = {
    name: 'best so far',
    label: '0.941',
    style: 'steps',
    x: best.map((step) => step * 25),
    y: best.map((step) => 0.5 + step * 0.04),
    mark: { at: 11, label: 'churn#275' },
  }
  const series: LineSeries[] = [steps, { name: 'each run', style: 'dots', x, y }]
  return { kind: 'line', title, xLabel: 'run', yLabel: 'accuracy', log: false, series }
}

function board(title: string, random: () => number): Chart {
  const bars = counted(20).map((rank) => ({
    place: `${rank + 1}.`,
    name: `churn#${rank * 7} resnet-50`,
    value: 0.94 - rank * 0.004 - random() * 0.001,
    text: '0.94',
    strong: rank === 0,
  }))
  return { kind: 'bar', title, xLabel: 'accuracy', from: 0.8, bars }
}

function front(title: string, random: () => number): Chart {
  const others = { x: counted(300).map(() => 20 + random() * 80), y: counted(300).map(() => random() * 0.8) }
  const best = counted(8).map((run) => ({ label: `churn#${run}`, x: 5 + run * 12, y: 0.8 + run * 0.02 }))
  return {
    kind: 'scatter',
    title,
    xLabel: 'latency_ms',
    yLabel: 'accuracy',
    others,
    front: best,
    steps: 'before',
  }
}
