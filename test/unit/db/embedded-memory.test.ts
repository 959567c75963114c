import { expect, it } from 'vitest'
import { sharedBuffersMb } from '../../../src/db/embedded-memory.ts'

it.each([
  [0.5, 64],
  [4, 256],
  [8, 512],
  [64, 1_024],
])('of %s GB of memory PostgreSQL takes at most %s MB for itself', (gigabytes, megabytes) => {
  expect(sharedBuffersMb(gigabytes * 2 ** 30)).toBe(megabytes)
})
