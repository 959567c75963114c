import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import type { MetricRow } from '../../db/tables.ts'
import { type Board, leaderboard } from '../../domain/boards/leaderboard.ts'
import { listMetrics } from '../../domain/metrics/find-metric.ts'
import { primaryMetrics } from '../../domain/metrics/primary-metrics.ts'
import { type Account, personAccount } from '../../domain/people/account.ts'
import { resolveClauses } from '../../domain/people/resolve-clauses.ts'
import { findProject, type Project } from '../../domain/projects/resolve-project.ts'
import { parseQuery } from '../../domain/query/parse.ts'
import { type BestSoFar, bestSoFar } from '../../domain/records/best-so-far.ts'
import { listRuns } from '../../domain/runs/read/list-runs.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { formatAge, formatSteps, formatValue, formatValues } from '../../domain/text/format.ts'
import { AppError } from '../../errors.ts'
import { principalOf } from '../auth.ts'
import { chart } from './chart.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { sendPage } from './send-page.ts'
import { betterWords } from '../../domain/values/better.ts'

const RUNS_LIMIT = 50

interface PageQuery {
  metric?: string
  q?: string
}

/** A project's board with its best-so-far line, and its newest runs. */
export function projectPage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/p/:project', async (request, reply) => {
    const principal = principalOf(request)
    const { project: name } = request.params as { project: string }
    const scope = principal.projectId === undefined ? {} : { projectId: principal.projectId }
    const project = await findProject(ctx, name, scope)
    const query = request.query as PageQuery
    const metrics = await listMetrics(ctx, project.id)
    const metric = await chosenMetric(ctx, project, metrics, query.metric)
    const asker = personAccount(principal.person)
    const body = html`<h1>${shown(project.name)}</h1>
!${filters(project, metrics, metric, query.q)}
!${await board(ctx, project, metric, query.q, asker)}
<h2>Newest runs</h2>
!${await newestRuns(ctx, project, query.q, asker)}`
    return sendPage(reply, page({ title: project.name, body, principal, at: 'projects' }))
  })
}

async function chosenMetric(
  ctx: Ctx,
  project: Project,
  metrics: MetricRow[],
  name: string | undefined,
): Promise<MetricRow | undefined> {
  const asked = metrics.find((metric) => metric.name === name)
  if (asked !== undefined) return asked
  return (await primaryMetrics(ctx.db, project.id)).metrics[0] ?? metrics[0]
}

function filters(
  project: Project,
  metrics: MetricRow[],
  metric: MetricRow | undefined,
  q: string | undefined,
): Markup {
  const options = each(
    metrics,
    ({ name }) =>
      html`<option value="${shown(name)}"!${name === metric?.name ? ' selected' : ''}>${shown(name)}</option>`,
  )
  return html`<form class="filters" method="get" action="/p/${encodeURIComponent(project.name)}">
<label>Metric <select name="metric">!${options}</select></label>
<label>Conditions, as in chat <input class="long" name="q" value="${q ?? ''}" placeholder="lr<0.01 tag:ablation by:ana since:7d" autocapitalize="off" spellcheck="false"></label>
<button type="submit">Show</button></form>`
}

async function board(
  ctx: Ctx,
  project: Project,
  metric: MetricRow | undefined,
  q: string | undefined,
  asker: Account,
): Promise<Markup> {
  if (metric === undefined) return html`<p>No metric was logged yet.</p>`
  try {
    const clauses = await resolveClauses(ctx, asker, parseQuery(q ?? '', ctx.clock.now()).clauses)
    const rows = await leaderboard(ctx, { project, metric, clauses, top: RUNS_LIMIT })
    const picture =
      clauses.length === 0 && metric.direction !== null ? bestChart(metric, await bestSoFar(ctx, metric)) : ''
    return picture + boardTable(ctx, rows)
  } catch (error) {
    if (error instanceof AppError)
      return html`<p class="notice" role="alert">${shown(error.message)}!${error.details.choices === undefined ? '' : html` Say it in the <a href="/console">console</a>: <code>/exp goal ${shown(metric.name)} max in ${shown(project.name)}</code>`}</p>`
    throw error
  }
}

function bestChart(metric: MetricRow, { records, runs }: BestSoFar): Markup {
  const last = records.at(-1)
  if (last === undefined) return ''
  const end = Math.max(last.number, runs.at(-1)?.number ?? 0)
  const line = records.map(({ number, value }) => ({ x: number, y: value }))
  const finding = `Best ${metric.name} so far: ${formatValue(last.value)}, set by run ${last.number}; ${records.length} records in all.`
  return chart({
    title: `Best ${metric.name} so far (line) and each run (dots)`,
    finding,
    line: [...line, { x: end, y: last.value }],
    dots: runs.map(({ number, value }) => ({ x: number, y: value })),
    stepped: true,
    xLabel: 'run',
  })
}

function boardTable(ctx: Ctx, board: Board): Markup {
  const { rows, metric, direction, aggregate, unit, ahead } = board
  if (rows.length === 0) return html`<p>No finished run fits.</p>`
  const now = ctx.clock.now()
  const values = formatValues(rows.map(({ value }) => value))
  const body = each(rows, ({ rank, run, step, seeds, data, ended_at }, index) => {
    const value = rank === null ? 'diverged' : values[index]
    return html`<tr><td class="number">${rank ?? '–'}</td><td class="wide"><a href="${run.url.slice(ctx.publicUrl.length)}">${shown(run.ref)}</a> ${shown(run.name ?? '')}</td>
<td class="number"><strong>${value}</strong></td><td class="number">${step === null ? '' : formatSteps(step)}</td><td>${shown(run.owner ?? 'not given')}</td>
<td class="mono">${run.commit?.slice(0, 8) ?? ''}</td><td>${shown(data.map(({ name, version }) => `${name} ${version.replace(/^\w+:/, '').slice(0, 8)}`).join(', '))}</td><td class="number">${seeds}</td>
<td class="age">${ended_at === null ? 'running' : formatAge(new Date(ended_at), now)}</td></tr>`
  })
  const better = betterWords(direction)
  return html`<h2>Leaderboard</h2><p class="soft">${metric}${unit === null ? '' : ` in ${unit}`}: the ${aggregate} value of each finished run, ${better}</p>
!${ahead === null ? '' : html`<p class="notice">A running run is ahead: <a href="${ahead.url.slice(ctx.publicUrl.length)}">${shown(ahead.ref)}</a> ${formatValue(ahead.value)}</p>`}
<div class="scroll"><table><thead><tr><th class="number">Place</th><th>Run</th><th class="number">${shown(metric)}</th><th class="number">Step</th><th>Owner</th><th>Commit</th><th>Data</th><th class="number">Seeds</th><th>Finished</th></tr></thead><tbody>!${body}</tbody></table></div>`
}

async function newestRuns(
  ctx: Ctx,
  project: Project,
  q: string | undefined,
  asker: Account,
): Promise<Markup> {
  try {
    const { items } = await listRuns(ctx, {
      project: project.name,
      limit: 25,
      asker,
      ...(q === undefined ? {} : { q }),
    })
    return runTable(ctx, items)
  } catch (error) {
    if (error instanceof AppError) return ''
    throw error
  }
}

export function runTable(ctx: Ctx, runs: RunView[]): Markup {
  if (runs.length === 0) return html`<p class="soft">No runs.</p>`
  const now = ctx.clock.now()
  const rows = each(
    runs,
    (
      run,
    ) => html`<tr><td class="check"><input type="checkbox" name="run" value="${shown(run.ref)}" aria-label="Compare ${shown(run.ref)}"></td><td class="wide"><a href="${run.url.slice(ctx.publicUrl.length)}">${shown(run.ref)}</a> ${shown(run.name ?? '')}</td>
<td class="status ${run.status}">${run.status}${run.invalid === null ? '' : ', invalid'}</td><td>${shown(run.owner ?? 'not given')}</td><td class="age">${formatAge(new Date(run.started_at), now)}</td></tr>`,
  )
  return html`<form method="get" action="/compare">
<div class="scroll"><table><thead><tr><th></th><th>Run</th><th>Status</th><th>Owner</th><th>Started</th></tr></thead><tbody>!${rows}</tbody></table></div>
<p><button type="submit" class="plain">Compare the ticked runs</button> <span class="soft">two to five</span></p></form>`
}
