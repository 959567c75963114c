import type { MessageKey } from '../thread-events.ts'
import { CONSOLE_CHANNEL } from './transport.ts'

/** A message of the console by its row. */
export function consolePlace(id: number): MessageKey {
  return { platform: 'console', workspace: '', channel: CONSOLE_CHANNEL, message: String(id) }
}
