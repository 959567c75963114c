import type { DeliveryStatus } from '../../db/tables.ts'

/** The field that must be unchanged since the row was read; otherwise the transition does not happen. */
export type Guard =
  /** The message changed meanwhile. */
  | 'version'
  /** Another attempt was begun, or ended, meanwhile. */
  | 'attempt'
  /** Another edit was begun meanwhile. */
  | 'edit'
  | 'none'

export interface Transition {
  from: readonly DeliveryStatus[]
  /** 'same': the status stays. */
  to: DeliveryStatus | 'same'
  guard: Guard
}

/**
 * Every transition of a delivery after it was planned (status 'planned'). `sent` and `failed` are final
 * for the post; a sent message can still be edited. store.ts applies each one as a single conditional update.
 *
 *     planned --begin--> sending --sent--> sent (edits: beginEdit, then edited, retryEdit or dropEdit)
 *        ^                 | |  \
 *        +----release------+ |   +--unclear--> sending
 *     planned, sending --fail--> failed
 */
export const TRANSITIONS = {
  /** The sender is about to call the platform. */
  begin: { from: ['planned'], to: 'sending', guard: 'version' },
  /** The platform has the message. */
  sent: { from: ['sending'], to: 'sent', guard: 'attempt' },
  /** The platform may have the message: the sender looks for it. */
  unclear: { from: ['sending'], to: 'same', guard: 'attempt' },
  /** The platform certainly does not have the message: it is posted again later. */
  release: { from: ['sending'], to: 'planned', guard: 'attempt' },
  /** The message will not be posted. */
  fail: { from: ['planned', 'sending'], to: 'failed', guard: 'attempt' },
  /** The domain gives the message new content. */
  revise: { from: ['planned', 'sending', 'sent'], to: 'same', guard: 'none' },
  beginEdit: { from: ['sent'], to: 'same', guard: 'version' },
  edited: { from: ['sent'], to: 'same', guard: 'edit' },
  retryEdit: { from: ['sent'], to: 'same', guard: 'edit' },
  /** The message stays as it was posted, until it changes again. */
  dropEdit: { from: ['sent'], to: 'same', guard: 'none' },
} as const satisfies Record<string, Transition>

export type TransitionName = keyof typeof TRANSITIONS

/** Statuses of an open post: later posts in its channel wait for it. */
export const OPEN = ['planned', 'sending'] as const satisfies readonly DeliveryStatus[]
