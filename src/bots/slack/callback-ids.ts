import type { CommandOption } from '../commands/command.ts'

/** The message shortcut that writes a note on the run which a message is about. */
export const ANNOTATE_RUN = 'annotate_run'
/** The modal of a form. */
export const FORM = 'exp:form'

const PICKED = ['run', 'metric', 'project'] as const
/** What a select offers while somebody types. */
export type Picked = (typeof PICKED)[number] & CommandOption['kind']

/** The action id of a select. */
export function pickerId(kind: Picked): string {
  return `exp:pick:${kind}`
}

/** Undefined for what is no select of ours. */
export function parsePickerId(id: string): Picked | undefined {
  return PICKED.find((kind) => pickerId(kind) === id)
}
