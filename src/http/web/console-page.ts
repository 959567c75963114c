import type { FastifyInstance } from 'fastify'
import { commandOf, dispatch, type Reply } from '../../bots/dispatch.ts'
import { noticeOf, press } from '../../bots/press.ts'
import type { Ctx } from '../../context.ts'
import { type Principal, requireScope } from '../../domain/access/principal.ts'
import { keepCharts } from '../../domain/pictures/keep-charts.ts'
import { formatAge } from '../../domain/text/format.ts'
import { invalid } from '../../errors.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import { principalOf } from '../auth.ts'
import { consoleAsker } from '../console-asker.ts'
import { type FormPlace, openForm, takeForm } from './console-form.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { watchChanges } from './live.ts'
import { sendPage } from './send-page.ts'
import { renderHtml } from './render-message.ts'

const SHOWN = 30
const LINE_LIMIT = 4_000

/** The console: `/exp` without any chat platform. Answers are for the asker; below is the one shared channel, live. */
export function consolePages(app: FastifyInstance, ctx: Ctx): void {
  app.get('/console', async (request, reply) => {
    const { q } = request.query as { q?: string }
    const principal = principalOf(request)
    const changes = q === undefined ? undefined : commandOf(q)?.changes
    const reply_ =
      q === undefined || q.trim() === '' || changes === true
        ? undefined
        : await dispatch(ctx, consoleAsker(principal), q.slice(0, LINE_LIMIT))
    return sendPage(reply, await consolePage(ctx, principal, { line: q ?? '', reply: reply_ }))
  })

  app.post('/console', async (request, reply) => {
    const principal = principalOf(request)
    const line = field(request.body, 'q').slice(0, LINE_LIMIT)
    if (commandOf(line)?.changes === true) requireScope(principal, 'ingest')
    const answer = await dispatch(ctx, consoleAsker(principal), line)
    return sendPage(reply, await consolePage(ctx, principal, { line, reply: answer }))
  })

  app.post('/console/press', async (request, reply) => {
    const principal = principalOf(request)
    const asker = consoleAsker(principal)
    const place = placeOf(request.body)
    const result = await press(ctx, asker, place.ref, place.button)
    if (result.kind === 'form') {
      const form = await openForm(ctx, asker, place, result.form)
      return sendPage(reply, await consolePage(ctx, principal, { line: '', form }))
    }
    const shownResult =
      result.kind === 'reply' ? { line: '', reply: result.reply } : { line: '', notice: noticeOf(result) }
    return sendPage(reply, await consolePage(ctx, principal, shownResult))
  })

  app.post('/console/form', async (request, reply) => {
    const principal = principalOf(request)
    const { run, text } = (request.body ?? {}) as Record<string, unknown>
    const values = {
      ...(typeof run === 'string' ? { run } : {}),
      ...(typeof text === 'string' ? { text } : {}),
    }
    const taken = await takeForm(ctx, consoleAsker(principal), placeOf(request.body), values)
    const shownResult = 'reply' in taken ? { line: '', reply: taken.reply } : { line: '', form: taken.part }
    return sendPage(reply, await consolePage(ctx, principal, shownResult))
  })

  app.get('/console/part', async (_request, reply) => sendPage(reply, await channelPart(ctx)))
  app.get('/console/events', (request, reply) => watchChanges(request, reply, () => stampOf(ctx)))
}

function placeOf(body: unknown): FormPlace {
  const [ref, button] = [field(body, 'ref'), field(body, 'button')]
  if (!/^[ad]:[a-z0-9]{1,20}$/.test(ref))
    throw invalid('ref', 'This button belongs to no message.', { value: ref })
  return { ref: ref as MessageRef, button }
}

function field(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | null)?.[name]
  if (typeof value !== 'string') throw invalid(name, `The form's field ${name} is missing.`)
  return value
}

async function consolePage(
  ctx: Ctx,
  principal: Principal,
  {
    line,
    reply,
    notice,
    form = '',
  }: { line: string; reply?: Reply | undefined; notice?: string; form?: Markup },
): Promise<Markup> {
  if (reply !== undefined) await keepCharts(ctx, [reply.message])
  const answer =
    reply === undefined
      ? ''
      : html`<h2>Answer, for you alone</h2>!${renderHtml(reply.message, `a:${reply.answerId}`)}`
  const told = notice === undefined ? '' : html`<p class="notice" role="status">${shown(notice)}</p>`
  const body = html`<h1>Console</h1>
<form class="filters" method="post" action="/console"><label>/exp <input class="long mono" name="q" value="${shown(line)}" placeholder="best accuracy in churn" autofocus autocapitalize="off" autocomplete="off" spellcheck="false" maxlength="${LINE_LIMIT}"></label><button type="submit">Ask</button></form>
!${told}!${answer}!${form}
<h2>The channel</h2>
!${principal.projectId === undefined ? html`<div data-live="/console/part" data-events="/console/events?since=${encodeURIComponent(await stampOf(ctx))}">!${await channelPart(ctx)}</div>` : html`<p class="soft">A token that is restricted to a project sees no shared channel.</p>`}`
  return page({ title: 'Console', body, principal, at: 'console', scripts: ['/assets/live.js'] })
}

async function channelPart(ctx: Ctx): Promise<Markup> {
  const posts = await ctx.db
    .selectFrom('console_messages')
    .selectAll()
    .where('parent_id', 'is', null)
    .orderBy('id', 'desc')
    .limit(SHOWN)
    .execute()
  if (posts.length === 0)
    return html`<p class="soft">Nothing yet. <code>/exp watch churn</code> brings new bests and failures of a project here.</p>`
  const replies = await ctx.db
    .selectFrom('console_messages')
    .selectAll()
    .where(
      'parent_id',
      'in',
      posts.map(({ id }) => id),
    )
    .orderBy('id')
    .execute()
  await keepCharts(
    ctx,
    [...posts, ...replies].map(({ message }) => message as Message),
  )
  const now = ctx.clock.now()
  const one = (row: (typeof posts)[number]) =>
    html`<p class="meta">${formatAge(row.posted_at, now)}${row.edited_at === null ? '' : ', edited'}</p>!${renderHtml(row.message as Message, row.ref as MessageRef)}`
  return each(posts, (row) => {
    const thread = replies.filter(({ parent_id }) => parent_id === row.id)
    return html`!${one(row)}!${each(thread, (reply) => html`<div class="message reply">!${one(reply)}</div>`)}`
  })
}

async function stampOf(ctx: Ctx): Promise<string> {
  const row = await ctx.db
    .selectFrom('console_messages')
    .select((eb) => [eb.fn.max('id').as('id'), eb.fn.max('edited_at').as('edited')])
    .executeTakeFirst()
  return `${row?.id} ${row?.edited?.getTime()}`
}
