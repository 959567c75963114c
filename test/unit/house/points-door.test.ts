import { expect, it } from 'vitest'
import * as points from '../../../src/points/index.ts'

it('points have a door of six verbs, and what their callers need beside them', () => {
  const verbs = ['appendToLog', 'compact', 'end', 'fold', 'read', 'store']
  const beside = [
    'NOTHING',
    'appendLocked',
    'fillOnce',
    'findWaiting',
    'hasCompactions',
    'readKnown',
    'toRows',
    'toSeries',
  ]
  expect(Object.keys(points).toSorted()).toEqual([...verbs, ...beside].toSorted())
})
