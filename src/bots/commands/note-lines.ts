import type { Ctx } from '../../context.ts'
import { noteBody, noteLine } from '../../domain/notes/markdown.ts'
import { newestNotes } from '../../domain/notes/newest-notes.ts'
import type { NoteView } from '../../domain/notes/read-notes.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { formatAge } from '../../domain/text/format.ts'
import { bold, context, cut, link, paragraph, text } from '../../messages/build.ts'
import type { Block, Inline } from '../../messages/model.ts'
import { runNames } from './named-runs.ts'

const TEXT = 400

/**
 * A note in a list: its text, then who wrote it, when, about which runs, and where it stands.
 * @param of the run whose notes are listed: a note on nothing else need not say so
 */
export function noteBlocks(note: NoteView, now: Date, of?: string): Block[] {
  return [...noteBody(note.text, TEXT), context(...origin(note, now, of))]
}

/** 'ana, 2 d ago, on churn#3 and churn#9, edited' */
function origin(
  { author, created_at, edited_at, runs, project, permalink }: NoteView,
  now: Date,
  of: string | undefined,
): Inline[] {
  const age = formatAge(new Date(created_at), now)
  const alone = runs.length === 1 && runs[0] === of
  const where = runs.length === 0 ? `, in ${cut(project, 60)}` : alone ? '' : `, on ${runNames(runs)}`
  const told = text(`${cut(author, 60)}, ${age}${where}${edited_at === null ? '' : ', edited'}`)
  return permalink === null ? [told] : [told, text(' '), link('message', permalink)]
}

const NEWEST = 160

/** One small line for each run that has a note: its newest one, and how many there are. */
export async function newestNoteLines(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  runs: { key: RunKey; ref: string }[],
): Promise<Block[]> {
  const newest = await newestNotes(
    ctx,
    runs.map(({ key }) => key),
  )
  const now = ctx.clock.now()
  return runs.flatMap(({ key, ref }) => {
    const own = newest.get(key.runId)
    if (own === undefined) return []
    const { note, count } = own
    const more = count > 1 ? `; ${count} notes` : ''
    const who = `${cut(note.author, 60)}, ${formatAge(new Date(note.created_at), now)}`
    return [context(`Note on ${cut(ref, 60)}: `, ...noteLine(note.text, NEWEST), ` (${who}${more})`)]
  })
}

/** What a reader has to know before everything else: that a run does not count. */
export function invalidLine({ ref, invalid }: Pick<RunView, 'ref' | 'invalid'>): Block[] {
  if (invalid === null) return []
  return [
    paragraph(bold(`${cut(ref, 60)} is invalid: `), `${cut(invalid.reason, 300)} (${cut(invalid.by, 60)})`),
  ]
}
