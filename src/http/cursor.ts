import { invalid } from '../errors.ts'

/** A place in a list as callers carry it: opaque, and refused by any other list. */
export function writeCursor(list: string, at: number): string {
  return Buffer.from(`${list}:${at}`).toString('base64url')
}

/** @throws AppError invalid for a cursor of another list, or one that no list gave */
export function readCursor(list: string, cursor: string, digits = 9): number {
  const [name, at = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(':')
  if (name === list && /^\d+$/.test(at) && at.length <= digits) return Number(at)
  throw invalid('cursor', 'This cursor does not belong to this list.', {
    value: cursor,
    allowed: 'what the last answer called next',
  })
}
