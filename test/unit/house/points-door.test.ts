import { expect, it } from 'vitest'
import * as points from '../../../src/points/index.ts'

it('points have a door of five verbs, and what their callers need beside them', () => {
  expect(Object.keys(points).sort()).toEqual([
    'TOUCH_EVERY_MS',
    'append',
    'compact',
    'end',
    'hasCompactions',
    'lockSummaries',
    'read',
    'store',
  ])
})
