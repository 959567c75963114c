import fc from 'fast-check'
import { HOSTILE } from './hostile-text.ts'

/** Names as careless or ill-meaning people write them; some are far too long. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('x', '&', '*', '"', '<', '\n', ' a', '🧪', '`'),
        fc.integer({ min: 1, max: 5_000 }),
      )
      .map(([sign, count]) => sign.repeat(count)),
  },
)
