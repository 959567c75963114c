import type { FastifyInstance } from 'fastify'
import type { Asker } from '../../bots/commands/command.ts'
import { reactOnConsole } from '../../bots/console/reactions.ts'
import { deleteReply, editReply, replyOnConsole } from '../../bots/console/replies.ts'
import { commandOf, dispatch, type Reply } from '../../bots/dispatch.ts'
import { noticeOf, press } from '../../bots/press.ts'
import type { Ctx } from '../../context.ts'
import { type Principal, requireScope, requireWhole } from '../../domain/access/principal.ts'
import { keepCharts } from '../../domain/pictures/keep-charts.ts'
import { AppError, invalid } from '../../errors.ts'
import type { MessageRef } from '../../messages/model.ts'
import { principalOf } from '../auth.ts'
import { consoleAsker } from '../console-asker.ts'
import { consoleStamp } from '../../domain/channels/console-messages.ts'
import { channelPart } from './console-channel.ts'
import { type FormPlace, openForm, storeForm } from './console-form.ts'
import { html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { watchChanges } from './live.ts'
import { sendPage } from './send-page.ts'
import { renderHtml } from './render-message.ts'

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
    const taken = await storeForm(ctx, consoleAsker(principal), placeOf(request.body), values)
    const shownResult = 'reply' in taken ? { line: '', reply: taken.reply } : { line: '', form: taken.part }
    return sendPage(reply, await consolePage(ctx, principal, shownResult))
  })

  sayRoutes(app, ctx)
  app.get('/console/part', async (request, reply) => {
    const principal = principalOf(request)
    requireWhole(principal)
    return sendPage(reply, await channelPart(ctx, principal))
  })
  app.get('/console/events', (request, reply) => watchChanges(request, reply, () => consoleStamp(ctx)))
}

/** Replies and reactions: what is said of the runs that a post is about. */
function sayRoutes(app: FastifyInstance, ctx: Ctx): void {
  const say = (
    path: string,
    verb: (asker: Asker, message: number, body: unknown) => Promise<string | undefined>,
  ) =>
    app.post(path, async (request, reply) => {
      const principal = principalOf(request)
      requireWhole(principal)
      const message = Number(field(request.body, 'message'))
      if (!Number.isSafeInteger(message)) throw invalid('message', 'This is no message.', { value: message })
      const notice = await verb(consoleAsker(principal), message, request.body).catch((error: unknown) => {
        if (error instanceof AppError) return error.message
        throw error
      })
      if (notice === undefined) return reply.redirect(`/console#m${message}`, 303)
      return sendPage(reply, await consolePage(ctx, principal, { line: '', notice }))
    })
  say('/console/reply', async (asker, message, body) => {
    await replyOnConsole(ctx, asker, message, field(body, 'text'))
    return undefined
  })
  say('/console/reply/edit', async (asker, message, body) => {
    await editReply(ctx, asker, message, field(body, 'text'))
    return undefined
  })
  say('/console/reply/delete', async (asker, message) => {
    await deleteReply(ctx, asker, message)
    return undefined
  })
  say('/console/react', async (asker, message, body) => {
    const { refusal } = await reactOnConsole(ctx, asker, message, field(body, 'reaction'))
    return refusal
  })
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
<form class="filters" method="post" action="/console"><label>/exp <input class="long mono" name="q" value="${shown(line)}" placeholder="best accuracy in churn"!${form === '' ? ' autofocus' : ''} autocapitalize="off" autocomplete="off" spellcheck="false" maxlength="${LINE_LIMIT}"></label><button type="submit">Ask</button></form>
!${told}!${answer}!${form}
<h2>The channel</h2>
!${principal.projectId === undefined ? html`<div data-live="/console/part" data-events="/console/events?since=${encodeURIComponent(await consoleStamp(ctx))}">!${await channelPart(ctx, principal)}</div>` : html`<p class="soft">A token that is restricted to a project sees no shared channel.</p>`}`
  return page({ title: 'Console', body, principal, at: 'console', scripts: ['/assets/live.js'] })
}
