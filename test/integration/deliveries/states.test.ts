import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DeliveryRow, DeliveryStatus } from '../../../src/db/tables.ts'
import type { Delivery } from '../../../src/domain/deliveries/find.ts'
import { reviseDelivery } from '../../../src/domain/deliveries/plan.ts'
import { TRANSITIONS, type Transition, type TransitionName } from '../../../src/domain/deliveries/states.ts'
import {
  beginEdit,
  beginSending,
  dropEdit,
  failDelivery,
  markEdited,
  markSent,
  markUnclear,
  releaseDelivery,
  retryEdit,
} from '../../../src/domain/deliveries/store.ts'
import { message } from '../../../src/messages/build.ts'
import { newChannel, plan, rowOf } from '../../support/courier.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
let channel: number
let planned = 0

beforeAll(async () => {
  test = await createTestContext()
  channel = await newChannel(test, 'C1')
})
afterAll(() => test.close())

const NOW = new Date('2026-11-24T10:00:00.000Z')
const NAMES = Object.keys(TRANSITIONS) as TransitionName[]

/** Tries each transition with the delivery as it was read. */
const TRY: { [T in TransitionName]: (read: Delivery) => Promise<unknown> } = {
  begin: (read) => beginSending(test.db, read, { now: NOW, picturesDue: false }),
  sent: (read) => markSent(test.db, read, { externalId: '1', now: NOW }),
  unclear: (read) => markUnclear(test.db, read, { dueAt: NOW, error: 'time-out' }),
  release: (read) => releaseDelivery(test.db, read, 'refused'),
  fail: (read) => failDelivery(test.db, read, 'given up'),
  revise: (read) => reviseDelivery(test.db, read.id, message('note', 'new', []), NOW),
  beginEdit: (read) => beginEdit(test.db, read),
  edited: (read) => markEdited(test.db, read, NOW),
  retryEdit: (read) => retryEdit(test.db, read, { dueAt: NOW, faults: 0, error: 'time-out' }),
  dropEdit: (read) => dropEdit(test.db, read),
}

function isLegal({ from, guard }: Transition, read: Delivery, row: DeliveryRow): boolean {
  if (!from.includes(row.status)) return false
  switch (guard) {
    case 'version':
      return read.version === row.version
    case 'attempt':
      // Giving up a planned message needs the content that was read, too.
      return read.attempts === row.attempts && (read.status !== 'planned' || read.version === row.version)
    case 'edit':
      return read.version === row.edit_version
    case 'none':
      return true
  }
}

/** A later edit is under way: what an earlier one did is corrected by one more. */
const isOvertaken = (name: TransitionName, read: Delivery, row: DeliveryRow) =>
  name === 'edited' && row.status === 'sent' && row.edit_version > read.version

interface Step {
  name: TransitionName
  /** How many steps ago the delivery was read. */
  stale: number
}

const step = fc.record({
  name: fc.constantFrom(...NAMES),
  stale: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
})
const fresh = (...names: TransitionName[]) => names.map((name): Step => ({ name, stale: 0 }))
/** Random steps, from the beginning or from where a delivery usually gets to. */
const history = fc
  .tuple(
    fc.constantFrom(
      fresh(),
      fresh('begin'),
      fresh('begin', 'sent'),
      fresh('begin', 'sent', 'revise', 'beginEdit'),
    ),
    fc.array(step, { minLength: 1, maxLength: 10 }),
  )
  .map((parts): Step[] => parts.flat())

it('any sequence of transitions does what the table says; an illegal one changes nothing', async () => {
  const legal = new Set<TransitionName>()
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const id = await plan(test, channel, `history ${++planned}`)
      const reads: Delivery[] = []
      for (const { name, stale } of steps) {
        const before = await rowOf(test, id)
        reads.unshift({ ...before, message: message('note', 'x', []), parent: null })
        const read = reads[Math.min(stale, reads.length - 1)] as Delivery
        const transition: Transition = TRANSITIONS[name]
        const happened = await TRY[name](read)
        const after = await rowOf(test, id)
        if (isLegal(transition, read, before)) {
          legal.add(name)
          expect(happened, name).not.toBe(false)
          expect(after.status, name).toBe(transition.to === 'same' ? before.status : transition.to)
        } else {
          expect([false, undefined], name).toContain(happened)
          const corrected = { sent_version: read.version, edit_due_at: NOW }
          expect(after, name).toEqual(isOvertaken(name, read, before) ? { ...before, ...corrected } : before)
        }
      }
    }),
    fuzzRuns(80),
  )
  // A random history must have reached all of them, or the table has a state that cannot be reached.
  expect([...legal].toSorted()).toEqual(NAMES.toSorted())
})

it('every status is reached from planned, and failed is final', () => {
  const reached = new Set<DeliveryStatus>(['planned'])
  for (const _round of NAMES) {
    for (const { from, to } of Object.values<Transition>(TRANSITIONS))
      if (to !== 'same' && from.some((status) => reached.has(status))) reached.add(to)
  }
  expect([...reached].toSorted()).toEqual(['failed', 'planned', 'sending', 'sent'])
  expect(Object.values<Transition>(TRANSITIONS).flatMap(({ from }) => from)).not.toContain('failed')
})
