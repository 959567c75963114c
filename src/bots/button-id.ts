import type { MessageRef } from '../messages/model.ts'

/** What a platform carries in a button: whose it is and which one. Everything else stays in our database. */
export function buttonId(ref: MessageRef, id: string): string {
  return `exp:${ref}:${id}`
}

/** Undefined for a button that is not ours, or of a release that named them otherwise. */
export function parseButtonId(text: string): { ref: MessageRef; id: string } | undefined {
  const match = /^exp:([ad]:[a-z0-9]{1,20}):([a-z0-9-]{1,20})$/.exec(text)
  return match === null ? undefined : { ref: match[1] as MessageRef, id: match[2] ?? '' }
}
