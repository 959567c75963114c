import type { PointColumns } from './packed-points.ts'
import { pick } from './drop-repeats.ts'

/** At most `max` points, by `thinnedPlaces`. */
export function thinPoints(points: PointColumns, max: number): PointColumns {
  return points.values.length <= max ? points : pick(points, thinnedPlaces(points.values, max))
}

/**
 * Where the points lie that stand for all of them, `max` at most and in their order: the lowest and the highest of each
 * of `max / 2` equal stretches, so that a spike is never thinned away; first and last always stay.
 */
export function thinnedPlaces(values: Float64Array, max: number): number[] {
  const count = values.length
  if (count <= max) return Array.from(values.keys())
  if (max < 4) return [0, count - 1].slice(0, max)
  const stretches = Math.floor((max - 2) / 2)
  const inner = count - 2
  const kept: number[] = [0]
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches)
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches)
    kept.push(...extremes(values, from, to))
  }
  return [...kept, count - 1]
}

/** Where the lowest and the highest finite value lie, in their order; the first place when none is finite. */
function extremes(values: Float64Array, from: number, to: number): number[] {
  let low = -1
  let high = -1
  for (let index = from; index < to; index++) {
    const value = values[index] as number
    if (!Number.isFinite(value)) continue
    if (low === -1 || value < (values[low] as number)) low = index
    if (high === -1 || value > (values[high] as number)) high = index
  }
  if (low === -1) return from < to ? [from] : []
  if (low === high) return [low]
  return low < high ? [low, high] : [high, low]
}
