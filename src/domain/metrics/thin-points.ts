import type { PointColumns } from '../../db/packed-points.ts'
import { pick } from './drop-repeats.ts'

/**
 * At most `max` points: the lowest and the highest of each of `max / 2` equal stretches, so that a spike is never
 * thinned away; first and last always stay.
 */
export function thinPoints(points: PointColumns, max: number): PointColumns {
  const count = points.values.length
  if (count <= max) return points
  if (max < 4) return pick(points, [0, count - 1].slice(0, max))
  const stretches = Math.floor((max - 2) / 2)
  const inner = count - 2
  const kept: number[] = [0]
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches)
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches)
    kept.push(...extremes(points.values, from, to))
  }
  return pick(points, [...kept, count - 1])
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
