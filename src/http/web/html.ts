import { html } from 'ghtml'
import { cleanText } from '../../messages/clean.ts'

export { html }

/** Markup that is escaped already: written into a template with `!`. */
export type Markup = string

/** Text from outside, without what controls or reorders text; the template escapes it. */
export function shown(text: string): string {
  return cleanText(text)
}

export function each<T>(list: T[], render: (item: T, index: number) => Markup): Markup {
  return list.map(render).join('')
}
