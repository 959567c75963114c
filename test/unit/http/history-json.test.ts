import fc from 'fast-check'
import { expect, it } from 'vitest'
import { historyJson } from '../../../src/http/api/history-json.ts'
import { stringify } from '../../../src/http/json.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { pointsArbitrary } from '../../support/points-arbitrary.ts'

it('is what the serializer would write of the points, whatever they are', () => {
  fc.assert(
    fc.property(pointsArbitrary(20), fc.string(), fc.nat(), (points, metric, count) => {
      const { steps, times, values } = points
      const told = {
        metric,
        count,
        points: Array.from(values, (value, index) => ({
          step: steps[index],
          value,
          time: new Date(times[index] as number).toISOString(),
        })),
      }
      expect(historyJson({ metric, count, points })).toBe(stringify(told))
    }),
    fuzzRuns(500),
  )
})
