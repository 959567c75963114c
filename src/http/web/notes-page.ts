import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { pageNotes } from '../../domain/search/page-notes.ts'
import { findProject, projectNames } from '../../domain/projects/resolve-project.ts'
import { invalid } from '../../errors.ts'
import { principalOf } from '../auth.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { noteLine } from './note-line.ts'
import { sendPage } from './send-page.ts'

const PER_PAGE = 50

const LISTS = [
  {
    kind: 'note',
    path: '/notes',
    title: 'Notes',
    none: 'No note yet. A reply under a message about a run is one, and so is /exp note churn#142 and a text.',
  },
  {
    kind: 'learning',
    path: '/learnings',
    title: 'Learnings',
    none: 'No learning yet. /exp learned "label smoothing hurts below 10k rows" churn#3 keeps one for people who try the same.',
  },
] as const
type List = (typeof LISTS)[number]

interface NotesPageQuery {
  q?: string
  project?: string
  before?: string
}

/** What people noted and learned, the newest first; with words, those that hold them. */
export function notesPages(app: FastifyInstance, ctx: Ctx): void {
  for (const list of LISTS) {
    app.get(list.path, async (request, reply) => {
      const { q = '', project = '' } = request.query as NotesPageQuery
      const projectId = await projectIdOf(ctx, request, project)
      const { items, next } = await find(ctx, list, request.query as NotesPageQuery, projectId)
      const names = await projectNames(ctx, projectScope(request))
      const body = html`<h1>${list.title}</h1>!${filters(list, names, { q, project })}
!${items.length === 0 ? html`<p>${q === '' ? list.none : 'Nothing has these words.'}</p>` : each(items, (note) => noteLine(ctx, note))}
!${next === null ? '' : older(list, { q, project }, next)}`
      return sendPage(
        reply,
        page({ title: list.title, body, principal: principalOf(request), at: list.kind }),
      )
    })
  }
}

function projectScope(request: FastifyRequest): { projectId?: number } {
  const { projectId } = principalOf(request)
  return projectId === undefined ? {} : { projectId }
}

async function projectIdOf(ctx: Ctx, request: FastifyRequest, name: string): Promise<number | undefined> {
  const scope = projectScope(request)
  return name === '' ? scope.projectId : (await findProject(ctx, name, scope)).id
}

async function find(
  ctx: Ctx,
  { kind }: List,
  { q = '', before }: NotesPageQuery,
  projectId: number | undefined,
) {
  if (before !== undefined && !/^\d{1,15}$/.test(before)) throw invalid('before', 'This page does not exist.')
  return await pageNotes(ctx, {
    kind,
    projectId,
    q: q.trim() === '' ? undefined : q,
    before: before === undefined ? undefined : Number(before),
    limit: PER_PAGE,
  })
}

function filters(list: List, names: string[], { q, project }: { q: string; project: string }): Markup {
  const options = each(
    names,
    (name) =>
      html`<option value="${shown(name)}"!${name === project ? ' selected' : ''}>${shown(name)}</option>`,
  )
  return html`<form class="filters" method="get" action="${list.path}">
<label>Words <input class="long" type="search" name="q" value="${shown(q)}" placeholder="label smoothing"></label>
<label>Project <select name="project"><option value="">all</option>!${options}</select></label>
<button type="submit">Find</button></form>`
}

function older(list: List, { q, project }: { q: string; project: string }, before: number): Markup {
  const query = new URLSearchParams({ before: String(before) })
  if (q !== '') query.set('q', q)
  if (project !== '') query.set('project', project)
  return html`<a class="more" href="${list.path}?${query.toString()}">Older ones</a>`
}
