import { expect, it } from 'vitest'
import { message, urgent } from '../../../src/messages/build.ts'
import { readMessage } from '../../../src/messages/stored.ts'

const stored = (told: unknown): unknown => JSON.parse(JSON.stringify(told))

it('a message is read as it was stored', () => {
  for (const told of [message('best', 'x', []), urgent(message('forecast', 'x', []))])
    expect(readMessage(stored(told))).toEqual(told)
})

it.each([
  ['record', true],
  ['record-details', false],
  ['failed', false],
])('one of a release before 0.2, of kind %s, is urgent: %s', (kind, isUrgent) => {
  const { format, urgent: _absent, ...old } = message(kind, 'x', [])
  expect(readMessage(stored(old))).toEqual({ ...old, format, urgent: isUrgent })
})

it('a higher format is kept, so that a log can tell it', () => {
  expect(readMessage(stored({ ...message('best', 'x', []), format: 2 })).format).toBe(2)
})
