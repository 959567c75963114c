import type { AppError } from '../errors.ts'

/** What was wrong, in words for chat: the domain names the command that helps, and here it can be typed. */
export function errorWords({ message, details: { hint } }: AppError): string {
  return hint === undefined ? message : `${message} Type /exp ${hint.command} to ${hint.to}.`
}
