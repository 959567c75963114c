import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/**
 * The process log: JSON lines on stderr, so that stdout stays for what commands print.
 * `mask` runs over every finished line: a secret that slipped into an error never reaches the log.
 */
export function createLogger(level: string, mask: (line: string) => string): Logger {
  const destination: DestinationStream = { write: (line) => void process.stderr.write(mask(line)) }
  return pino({ level, base: null }, destination)
}
