import type { Form } from '../../messages/model.ts'
import { linkTo } from './places.ts'

const LONGEST = 100
const ID = /^exp:f:(?:(\d{5,20})\/(\d{5,20}))?:(?:r(.+)|n(\d{1,18}))?$/s
const PERMALINK = /\/channels\/\d{5,20}\/(\d{5,20})\/(\d{5,20})$/

/**
 * What a modal carries, so that it is known again when it comes back: the run or the note, and the message that it
 * was opened from. The button's message may be about another run by then.
 * @returns undefined when the run's name is too long to be carried: name it by its id
 */
export function formId({ run, note, permalink }: Form): string | undefined {
  const [, channel, message] = PERMALINK.exec(permalink ?? '') ?? []
  const place = channel === undefined ? '' : `${channel}/${message}`
  const what = note === undefined ? (run === undefined ? '' : `r${run}`) : `n${note}`
  const id = `exp:f:${place}:${what}`
  return id.length > LONGEST ? undefined : id
}

/** Undefined for a form that is not ours, or of another release. */
export function parseFormId(id: string, guild: string): Form | undefined {
  const match = ID.exec(id)
  if (match === null) return undefined
  const [, channel, message, run, note] = match
  return {
    ...(run === undefined ? {} : { run }),
    ...(note === undefined ? {} : { note: Number(note) }),
    ...(channel === undefined || message === undefined
      ? {}
      : { permalink: linkTo({ guild, channel, message }) }),
  }
}
