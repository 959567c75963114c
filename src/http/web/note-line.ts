import type { Ctx } from '../../context.ts'
import { noteBody } from '../../domain/notes/markdown.ts'
import type { NoteView } from '../../domain/notes/read-notes.ts'
import { formatAge } from '../../domain/text/format.ts'
import { each, html, type Markup, shown } from './html.ts'
import { inlines } from './render-message.ts'

/** A note with who wrote it, when, and of which runs. */
export function noteLine(ctx: Pick<Ctx, 'clock'>, note: NoteView): Markup {
  const runs = each(note.runs, (ref) => html` <a href="${runPath(ref)}">${shown(ref)}</a>`)
  const edited = note.edited_at === null ? '' : ', edited'
  const kind = note.kind === 'learning' ? ' learned' : ''
  const where = note.permalink === null ? '' : html` <a href="${note.permalink}" rel="noreferrer">in chat</a>`
  return html`<article class="note ${note.kind}"><p class="meta"><strong>${shown(note.author)}</strong>${kind} ${formatAge(new Date(note.created_at), ctx.clock.now())}${edited}!${runs}!${where}</p>
!${noteText(note.text)}</article>`
}

/** What a note says, with its markdown. */
export function noteText(text: string): Markup {
  return each(noteBody(text), (block) =>
    block.type === 'code'
      ? html`<pre>${shown(block.text)}</pre>`
      : html`<p class="text">!${inlines(block.text)}</p>`,
  )
}

/** 'churn#12' as the page of that run. */
export function runPath(ref: string): string {
  const at = ref.lastIndexOf('#')
  return `/p/${encodeURIComponent(ref.slice(0, at))}/runs/${ref.slice(at + 1)}`
}
