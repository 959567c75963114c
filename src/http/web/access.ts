import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { authenticateToken } from '../../domain/access/authenticate-token.ts'
import { hasScope } from '../../domain/access/principal.ts'
import { createSession, deleteSession } from '../../domain/access/sessions.ts'
import { authenticate, SESSION_COOKIE } from '../auth.ts'
import { html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { sendPage } from './send-page.ts'

const OPEN = new Set(['/login', '/logout', '/assets/style.css', '/assets/icon.svg', '/assets/live.js'])

/** A visitor without a session is sent to the login, and back to the page they asked for afterwards. */
export function guardPages(app: FastifyInstance, ctx: Ctx, { adminToken }: { adminToken: string }): void {
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN.has(request.routeOptions.url ?? '')) return
    request.principal = await authenticate(ctx, request, { adminToken, origin: 'console', cookie: true })
    if (request.principal === undefined || !hasScope(request.principal, 'read')) {
      const wanted = request.method === 'GET' ? request.url : '/'
      return reply.redirect(`/login?next=${encodeURIComponent(wanted)}`)
    }
  })

  app.get('/login', (request, reply) => sendPage(reply, loginPage(nextOf(request))))

  app.post('/login', async (request, reply) => {
    const { token = '', next = '/' } = (request.body ?? {}) as { token?: string; next?: string }
    const principal =
      typeof token === 'string'
        ? await authenticateToken(ctx, adminToken, token.trim(), 'console')
        : undefined
    if (principal === undefined || !hasScope(principal, 'read')) {
      const why =
        principal === undefined
          ? 'This token is unknown or was revoked.'
          : 'This token may write only; a token with the scope read is needed.'
      return sendPage(reply, loginPage(local(next), why), 401)
    }
    const session = await createSession(ctx, principal.tokenId)
    setCookie(ctx, reply, session.id, session.expiresAt)
    return reply.redirect(local(next), 303)
  })

  app.post('/logout', async (request, reply) => {
    const session = request.cookies[SESSION_COOKIE]
    if (session !== undefined) await deleteSession(ctx, session)
    return reply.clearCookie(SESSION_COOKIE, { path: '/' }).redirect('/login', 303)
  })
}

function setCookie(ctx: Ctx, reply: FastifyReply, id: string, expires: Date): void {
  const secure = ctx.publicUrl.startsWith('https:')
  // Lax: a link in a chat message must find its reader logged in; forms of other sites still carry no cookie.
  reply.setCookie(SESSION_COOKIE, id, { path: '/', httpOnly: true, sameSite: 'lax', secure, expires })
}

function nextOf(request: FastifyRequest): string {
  return local(String((request.query as { next?: string }).next ?? '/'))
}

/** Only an address of this server: a log-in never leads elsewhere. */
function local(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])[^\\]*$/.test(next) && !/[\u0000-\u001f]/.test(next)
    ? next
    : '/'
}

function loginPage(next: string, problem?: string): Markup {
  const body = html`<h1>Log in</h1>
!${problem === undefined ? '' : html`<p class="notice" role="alert">${shown(problem)}</p>`}
<form method="post" action="/login" class="filters">
<input type="hidden" name="next" value="${next}">
<label>Token <input class="long mono" type="password" name="token" required autofocus autocomplete="current-password"></label>
<button type="submit">Log in</button>
</form>
<p class="soft">The admin token is in the file <code>token</code> of the data folder: <code>cat .expediter/token</code>. An admin makes others with <code>npm run expediter -- token create</code>.</p>`
  return page({ title: 'Log in', body })
}
