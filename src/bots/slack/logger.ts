import { type Logger as SlackLogger, LogLevel } from '@slack/bolt'
import type { Logger } from '../../logger.ts'

/** Slack's libraries write into our log, one level quieter: what matters we say ourselves. */
export function slackLogger(log: Logger): SlackLogger {
  const text = (parts: unknown[]) =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')
  return {
    debug: (...parts) => log.trace(text(parts)),
    info: (...parts) => log.debug(text(parts)),
    warn: (...parts) => log.debug(text(parts)),
    error: (...parts) => log.warn(text(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}
