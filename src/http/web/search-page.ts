import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { projectNames } from '../../domain/projects/resolve-project.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { runsByTyping } from '../../domain/runs/read/runs-by-typing.ts'
import { tried } from '../../domain/search/tried.ts'
import { AppError } from '../../errors.ts'
import { principalOf } from '../auth.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { noteLine, runPath } from './note-line.ts'
import { sendPage } from './send-page.ts'

const HITS_LIMIT = 20

interface Scope {
  projectId?: number
}

/** One field for everything: runs by reference or name, projects, learnings, notes, and runs that tried something. */
export function searchPage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/search', async (request, reply) => {
    const { q = '' } = request.query as { q?: string }
    const principal = principalOf(request)
    const scope = principal.projectId === undefined ? {} : { projectId: principal.projectId }
    const words = q.trim().slice(0, 500)
    const exact = await namedRun(ctx, words, scope)
    if (exact !== undefined) return reply.redirect(runPath(exact))
    const parts = words === '' ? [] : await find(ctx, words, scope)
    const none = words === '' ? '' : html`<p>Nothing was found for these words.</p>`
    const body = html`<h1>Search</h1><form class="filters" method="get" action="/search"><label>Runs, projects, notes, learnings <input class="long" type="search" name="q" value="${shown(q)}" autofocus></label><button type="submit">Find</button></form>
!${parts.join('') || none}`
    return sendPage(reply, page({ title: 'Search', body, principal }))
  })
}

/** A whole reference leads to its run at once. */
async function namedRun(ctx: Ctx, words: string, { projectId }: Scope): Promise<string | undefined> {
  if (!/^.+#\d+$/.test(words)) return undefined
  try {
    await findRun(ctx, words, projectId)
    return words
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

async function find(ctx: Ctx, words: string, scope: Scope): Promise<Markup[]> {
  const projectId = scope.projectId
  const [names, runs, found] = await Promise.all([
    projectNames(ctx, scope),
    runsByTyping(ctx, words, projectId, HITS_LIMIT),
    tried(ctx, { words, projectId, limit: HITS_LIMIT }),
  ])
  const projects = names
    .filter((name) => name.toLowerCase().includes(words.toLowerCase()))
    .slice(0, HITS_LIMIT)
  const known = new Set(runs.map(({ ref }) => ref))
  const more = (found?.runs ?? []).filter(({ ref }) => !known.has(ref))
  return [
    section('Projects', projects, (name) => anchor(`/p/${encodeURIComponent(name)}`, name, '')),
    section('Runs', [...runs, ...more], ({ ref, name, owner }) =>
      anchor(runPath(ref), ref, `${name ?? ''}${owner === null ? '' : ` by ${owner}`}`),
    ),
    section('Learnings', found?.learnings ?? [], (note) => noteLine(ctx, note)),
    section('Notes', found?.notes ?? [], (note) => noteLine(ctx, note)),
  ].filter((part) => part !== '')
}

function section<T>(title: string, items: T[], render: (item: T) => Markup): Markup {
  return items.length === 0 ? '' : html`<h2>${title}</h2>!${each(items, render)}`
}

function anchor(href: string, label: string, details: string): Markup {
  return html`<p><a href="${href}">${shown(label)}</a> <span class="soft">${shown(details)}</span></p>`
}
