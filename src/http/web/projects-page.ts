import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { listProjects, type ProjectView } from '../../domain/projects/list-projects.ts'
import { formatAge } from '../../domain/text/format.ts'
import { principalOf, visibleTo } from '../auth.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { sendPage } from './send-page.ts'

const PER_PAGE = 50

export function projectsPage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/', async (request, reply) => {
    const at = Math.min(1_000, Math.max(1, Number((request.query as { page?: string }).page) || 1))
    const list = await listProjects(ctx, {
      limit: PER_PAGE + 1,
      offset: (at - 1) * PER_PAGE,
      ...visibleTo(request),
    })
    const body =
      list.length === 0 && at === 1
        ? emptyProjects(ctx)
        : projectTable(ctx, list.slice(0, PER_PAGE), at, list.length > PER_PAGE)
    return sendPage(reply, page({ title: 'Projects', body, principal: principalOf(request), at: 'projects' }))
  })
}

function projectTable(ctx: Ctx, list: ProjectView[], at: number, more: boolean): Markup {
  const now = ctx.clock.now()
  const rows = each(
    list,
    ({
      name,
      runs,
      running,
      last_run_at,
    }) => html`<tr><td class="wide"><a href="/p/${encodeURIComponent(name)}">${shown(name)}</a></td>
<td class="number">${runs.toLocaleString('en-US')}</td><td class="number">${running}</td><td>${last_run_at === null ? 'nothing logged' : formatAge(new Date(last_run_at), now)}</td></tr>`,
  )
  return html`<h1>Projects</h1><div class="scroll"><table>
<thead><tr><th>Project</th><th class="number">Runs</th><th class="number">Running</th><th>Last run</th></tr></thead><tbody>!${rows}</tbody></table></div>
!${more ? html`<a class="more" href="/?page=${at + 1}">More projects</a>` : ''}`
}

function emptyProjects(ctx: Ctx): Markup {
  return html`<h1>Projects</h1><p>No project yet: the first run that is logged makes one.</p>
<pre>curl -X POST ${ctx.publicUrl}/api/v1/runs \\
  -H "Authorization: Bearer $(cat .expediter/token)" -H "Content-Type: application/json" \\
  -d '{"project":"churn","owner":"ana","status":"finished","metrics":{"accuracy":0.93}}'</pre>`
}
