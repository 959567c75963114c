import { compareSteps, type Step } from '../../src/db/step.ts'
import type { SeriesInput } from '../../src/points/index.ts'

interface ModelPoint {
  step: Step
  value: number
  time: number
  stepped: boolean
}

/** What a run should hold: every point in a list, looked through from its beginning, with no summary and no log. */
export class PointsModel {
  readonly metrics = new Map<string, ModelPoint[]>()
  repeats = 0

  /** Adds a request that arrived at `now`. */
  add(series: SeriesInput[], now: number): void {
    for (const { name, steps, times, values } of series) {
      for (const [at, value] of values.entries()) {
        const time = times?.[at] ?? null
        if (steps === null) this.#addNumbered(name, value, time ?? now)
        else this.#addStepped(name, { step: steps[at] as Step, value, time }, now)
      }
    }
  }

  #addNumbered(name: string, value: number, time: number): void {
    const points = this.#pointsOf(name)
    const step = points.length === 0 ? 0 : Math.max(...points.map((point) => Number(point.step))) + 1
    points.push({ step, value, time, stepped: false })
  }

  #addStepped(name: string, sent: { step: Step; value: number; time: number | null }, now: number): void {
    const points = this.#pointsOf(name)
    const isRepeat = points.some(
      (point) =>
        point.stepped &&
        point.step === sent.step &&
        Object.is(point.value, sent.value) &&
        (sent.time === null || point.time === sent.time),
    )
    if (isRepeat) this.repeats += 1
    else points.push({ ...sent, time: sent.time ?? now, stepped: true })
  }

  #pointsOf(name: string): ModelPoint[] {
    const points = this.metrics.get(name) ?? []
    this.metrics.set(name, points)
    return points
  }

  /** Of each step the point that came last, by step. */
  current(name: string): ModelPoint[] {
    const last = new Map((this.metrics.get(name) ?? []).map((point) => [point.step, point]))
    return [...last.values()].toSorted((a, b) => compareSteps(a.step, b.step))
  }

  /** Every point, by step, then time, equal ones as they came. */
  all(name: string): ModelPoint[] {
    return (this.metrics.get(name) ?? []).toSorted((a, b) => compareSteps(a.step, b.step) || a.time - b.time)
  }

  /** What a reader sees of a metric, without what follows from its definition. */
  summary(name: string) {
    const current = this.current(name)
    const finite = current.filter(({ value }) => Number.isFinite(value))
    const last = current.at(-1) as ModelPoint
    const values = finite.map(({ value }) => value)
    return {
      points: this.metrics.get(name)?.length,
      nans: current.filter(({ value }) => Number.isNaN(value)).length,
      infinities: current.filter(({ value }) => Math.abs(value) === Number.POSITIVE_INFINITY).length,
      last: last.value,
      last_step: last.stepped ? last.step : null,
      // Of two zeros the one that came first stays; its sign does not matter.
      min: values.length === 0 ? null : Math.min(...values) + 0,
      max: values.length === 0 ? null : Math.max(...values) + 0,
    }
  }
}
