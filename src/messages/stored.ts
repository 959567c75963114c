import { type Message, MESSAGE_FORMAT } from './model.ts'

/**
 * A message as it was stored by this release, an older or a newer one. Messages of releases before 0.2 lack `format` and
 * `urgent`; the urgent ones among them are those of kind `record`. The defaults go in 0.3.
 */
export function readMessage(stored: unknown): Message {
  const message = stored as Message & { urgent?: boolean; format?: number }
  return {
    ...message,
    format: message.format ?? MESSAGE_FORMAT,
    urgent: message.urgent ?? message.kind === 'record',
  }
}
