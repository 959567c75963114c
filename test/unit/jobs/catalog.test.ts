import { expect, it } from 'vitest'
import { currentName } from '../../../src/jobs/catalog.ts'

it('runs jobs that the former release queued under their old name', () => {
  expect(currentName('sweep')).toBe('prune')
  expect(currentName('drain')).toBe('drain')
})
