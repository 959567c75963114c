import { consolePlace } from '../../bots/console/place.ts'
import { type OfferedReaction, reactionsOn } from '../../bots/console/reactions.ts'
import { messageKeyText } from '../../bots/thread-events.ts'
import type { Ctx } from '../../context.ts'
import { hasScope, type Principal } from '../../domain/access/principal.ts'
import { type ConsoleRow, consoleThreads } from '../../domain/channels/console-messages.ts'
import { NOTE_LIMIT } from '../../domain/notes/add-note.ts'
import { type MessageNote, notesOfMessages } from '../../domain/notes/note-of-message.ts'
import { keepCharts } from '../../domain/pictures/keep-charts.ts'
import { formatAge } from '../../domain/text/format.ts'
import type { MessageRef } from '../../messages/model.ts'
import { accountOf } from '../author.ts'
import { each, html, type Markup, shown } from './html.ts'
import { noteText } from './note-line.ts'
import { renderHtml } from './render-message.ts'

const POSTS_LIMIT = 30

/** The console's one channel: posts with their threads, and the forms for notes on their runs. */
export async function channelPart(ctx: Ctx, principal: Principal): Promise<Markup> {
  const { posts, replies } = await consoleThreads(ctx, POSTS_LIMIT)
  if (posts.length === 0)
    return html`<p class="soft">Nothing yet. <code>/exp watch churn</code> brings new bests and failures of a project here.</p>`
  await keepCharts(
    ctx,
    [...posts, ...replies].map(({ message }) => message),
  )
  const notes = await notesOfMessages(
    ctx,
    replies.filter(isByPerson).map((row) => sourceOf(row)),
  )
  const rendered: Markup[] = []
  for (const post of posts) {
    const thread = replies.filter(({ parent_id }) => parent_id === post.id)
    rendered.push(await renderPost(ctx, principal, post, thread, notes))
  }
  return rendered.join('')
}

/** A person's reply, not one of ours. */
function isByPerson({ ref }: ConsoleRow): boolean {
  return ref.startsWith('reply:')
}

function sourceOf({ id }: ConsoleRow): string {
  return messageKeyText(consolePlace(id))
}

async function renderPost(
  ctx: Ctx,
  principal: Principal,
  post: ConsoleRow,
  thread: ConsoleRow[],
  notes: Map<string, MessageNote>,
): Promise<Markup> {
  const now = ctx.clock.now()
  const one = (row: ConsoleRow) =>
    html`<p class="meta">${formatAge(row.posted_at, now)}${row.edited_at === null ? '' : ', edited'}</p>!${renderHtml(row.message, row.ref as MessageRef)}`
  const replies = each(thread, (row) => {
    if (!isByPerson(row)) return html`<div class="message reply">!${one(row)}</div>`
    const note = notes.get(sourceOf(row))
    return note === undefined ? '' : renderReply(row, note, principal, now)
  })
  const { about = [] } = post.message
  const say =
    about.length === 0 || !hasScope(principal, 'ingest') ? '' : await renderSay(ctx, principal, post)
  return html`<section id="m${post.id}">!${one(post)}!${replies}!${say}</section>`
}

function renderReply(
  { id, posted_at }: ConsoleRow,
  note: MessageNote,
  principal: Principal,
  now: Date,
): Markup {
  const age = `${formatAge(posted_at, now)}${note.edited ? ', edited' : ''}`
  return html`<div class="message reply" id="m${id}"><p class="meta">${shown(note.author)}, ${age}</p><div class="said">!${noteText(note.text)}</div>
!${note.account === accountOf(principal) ? renderOwn(id, note) : ''}</div>`
}

/** One's own reply may be changed and taken back. */
function renderOwn(id: number, { text }: MessageNote): Markup {
  return html`<details id="own-${id}"><summary>Change</summary>
<form class="filters" method="post" action="/console/reply/edit"><input type="hidden" name="message" value="${id}"><label>Text <input class="long" id="edit-${id}" name="text" value="${shown(text)}" maxlength="${NOTE_LIMIT}" required></label><button type="submit">Save</button></form>
<form method="post" action="/console/reply/delete"><input type="hidden" name="message" value="${id}"><button type="submit" class="plain">Delete</button></form></details>`
}

async function renderSay(ctx: Ctx, principal: Principal, { id }: ConsoleRow): Promise<Markup> {
  const offered = await reactionsOn(ctx, accountOf(principal), id)
  return html`<div class="say"><form class="reactions" method="post" action="/console/react" aria-label="Reactions"><input type="hidden" name="message" value="${id}">!${each(offered, renderReaction)}</form>
<form class="filters" method="post" action="/console/reply"><input type="hidden" name="message" value="${id}"><label>Reply <input class="long" id="reply-${id}" name="text" maxlength="${NOTE_LIMIT}" placeholder="a note on the run" autocomplete="off" required></label><button type="submit" class="plain">Reply</button></form></div>`
}

function renderReaction({ reaction, shown: emoji, label, by, mine }: OfferedReaction): Markup {
  const count = by.length === 0 ? '' : ` ${by.length}`
  const who = by.length === 0 ? '' : ` (${by.join(', ')})`
  return html`<button type="submit" class="plain" name="reaction" value="${reaction}" aria-pressed="${String(mine)}" title="${shown(`${label}${who}`)}">${emoji} ${label}${count}</button>`
}
