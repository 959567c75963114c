import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formId, parseFormId } from '../../../src/bots/discord/form-id.ts'

const GUILD = '1574726270976000001'
const snowflake = fc.bigInt({ min: 10n ** 16n, max: 2n ** 64n - 1n }).map(String)

it('carries a run or a note, and the message that the form was opened from', () => {
  const what = fc.oneof(
    fc.record({ run: fc.stringMatching(/^[0-9a-f]{32}$/) }),
    fc.record({ run: fc.string({ minLength: 1, maxLength: 50 }) }),
    fc.record({ note: fc.nat() }),
    fc.constant({}),
  )
  const place = fc.option(fc.tuple(snowflake, snowflake))
  fc.assert(
    fc.property(what, place, (form, at) => {
      const link = at === null ? {} : { permalink: `https://discord.com/channels/${GUILD}/${at[0]}/${at[1]}` }
      const id = formId({ ...form, ...link, text: 'is not carried' })
      expect(id?.length).toBeLessThanOrEqual(100)
      expect(parseFormId(id ?? '', GUILD)).toEqual({ ...form, ...link })
    }),
  )
})

it('does not carry what would not fit, and knows what is not its own', () => {
  expect(formId({ run: `${'x'.repeat(95)}#1` })).toBeUndefined()
  for (const id of ['', 'exp:f', 'exp:f::x1', 'exp:a:1:edit', 'exp:f:1/2:r', 'other'])
    expect(parseFormId(id, GUILD)).toBeUndefined()
})
