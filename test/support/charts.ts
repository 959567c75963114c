import type { BarChart, LineChart, ScatterChart } from '../../src/messages/chart.ts'

/** A small chart of each kind, for tests that are about something else. */
export function lineChart(more: Partial<LineChart> = {}): LineChart {
  return {
    kind: 'line',
    title: 'accuracy of churn#1',
    xLabel: 'step',
    yLabel: 'accuracy',
    log: false,
    series: [{ name: 'churn#1', label: 'churn#1', style: 'line', x: [0, 1, 2, 3], y: [0.1, 0.5, 0.8, 0.9] }],
    ...more,
  }
}

export function barChart(more: Partial<BarChart> = {}): BarChart {
  return {
    kind: 'bar',
    title: 'Leaderboard: accuracy in churn',
    xLabel: 'accuracy',
    from: 0,
    bars: [
      { place: '1.', name: 'churn#2', value: 0.9, text: '0.9', strong: true },
      { place: '–', name: 'churn#1', value: null, text: 'diverged', strong: false },
    ],
    ...more,
  }
}

export function scatterChart(more: Partial<ScatterChart> = {}): ScatterChart {
  return {
    kind: 'scatter',
    title: 'accuracy against latency_ms in churn',
    xLabel: 'latency_ms',
    yLabel: 'accuracy',
    others: { x: [30, 40], y: [0.7, 0.8] },
    front: [
      { label: 'churn#1', x: 10, y: 0.6 },
      { label: 'churn#2', x: 20, y: 0.9 },
    ],
    steps: 'before',
    ...more,
  }
}
