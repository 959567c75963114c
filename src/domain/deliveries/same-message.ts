import { isDeepStrictEqual } from 'node:util'
import type { Message } from '../../messages/model.ts'

/** Whether two messages are equal, so that an edit from one to the other would change nothing. */
export function sameMessage(one: Message, other: Message): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
}
