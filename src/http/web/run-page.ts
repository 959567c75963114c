import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { findMetric } from '../../domain/metrics/find-metric.ts'
import * as points from '../../points/index.ts'
import { hasScope, type Principal, requireScope } from '../../domain/access/principal.ts'
import { NOTE_LIMIT } from '../../domain/notes/add-note.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { textOf } from '../../domain/runs/inputs/differences.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { runStamp } from '../../domain/runs/read/run-stamp.ts'
import { lastLines } from '../../domain/runs/write/append-logs.ts'
import { readRun } from '../../domain/runs/read/read-run.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { formatAge, formatDuration, formatSteps, formatValue } from '../../domain/text/format.ts'
import { submitForm } from '../../bots/forms.ts'
import { principalOf } from '../auth.ts'
import { consoleAsker } from '../console-asker.ts'
import { chart } from './chart.ts'
import { curvesAddress } from './curves-data.ts'
import { each, html, type Markup, shown } from './html.ts'
import { CURVES, page } from './layout.ts'
import { noteLine } from './note-line.ts'
import { sendPage } from './send-page.ts'
import { refOf } from '../../domain/values/ref.ts'

const CURVES_SHOWN = 12
const POINTS_LIMIT = 800

/** A run: inputs, outputs, curves, data, code. It refreshes itself while the run is running. */
export function runPage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/p/:project/runs/:number', async (request, reply) => {
    const principal = principalOf(request)
    const { key } = await readAsked(ctx, request.params, principal.projectId)
    // Read after the stamp: what is written in between is shown, and at worst shown again.
    const since = encodeURIComponent(await runStamp(ctx, key))
    const run = await readRun(ctx, key)
    const live = run.status === 'running'
    const path = run.url.slice(ctx.publicUrl.length)
    const body = html`<h1>${shown(run.ref)} ${shown(run.name ?? '')}</h1>
<div!${live ? html` data-live="${path}/part" data-events="${path}/events?since=${since}"` : ''}>!${await runPart(ctx, run, key)}</div>
!${noteForm(principal, path)}`
    return sendPage(
      reply,
      page({
        title: run.ref,
        body,
        principal,
        at: 'projects',
        ...CURVES,
        scripts: live ? [...CURVES.scripts, '/assets/live.js'] : CURVES.scripts,
      }),
    )
  })

  app.post('/p/:project/runs/:number/notes', async (request, reply) => {
    const principal = principalOf(request)
    requireScope(principal, 'ingest')
    const { run } = await readAsked(ctx, request.params, principal.projectId)
    const { text } = (request.body ?? {}) as { text?: unknown }
    const typed = typeof text === 'string' ? text : ''
    await submitForm(ctx, consoleAsker(principal), { run: run.id }, { text: typed })
    return reply.redirect(`${run.url.slice(ctx.publicUrl.length)}#notes`, 303)
  })

  app.get('/p/:project/runs/:number/part', async (request, reply) => {
    const { run, key } = await readAsked(ctx, request.params, principalOf(request).projectId)
    return sendPage(reply, await runPart(ctx, run, key))
  })

  app.get('/p/:project/runs/:number/events', async (request, reply) => {
    const { key } = await readAsked(ctx, request.params, principalOf(request).projectId)
    const { watchChanges } = await import('./live.ts')
    return watchChanges(request, reply, () => runStamp(ctx, key))
  })
}

/** For those who may write. */
function noteForm(principal: Principal, path: string): Markup {
  if (!hasScope(principal, 'ingest')) return ''
  return html`<h2>New note</h2><form class="filters" method="post" action="${path}/notes"><label>What did you learn from this run? <textarea class="long" name="text" rows="3" required maxlength="${NOTE_LIMIT}"></textarea></label><button type="submit">Add note</button></form>`
}

async function readAsked(
  ctx: Ctx,
  params: unknown,
  visible: number | undefined,
): Promise<{ run: RunView; key: RunKey }> {
  const { project, number } = params as { project: string; number: string }
  const found = await findProject(ctx, project, visible === undefined ? {} : { projectId: visible })
  const key = await findRun(ctx, refOf(found.name, number), visible)
  return { run: await readRun(ctx, key), key }
}

async function runPart(ctx: Ctx, run: RunView, key: RunKey): Promise<Markup> {
  const notes = await listNotes(ctx, key, 20)
  return html`!${invalidNotice(run)}!${head(ctx, run)}
<h2>Metrics</h2>!${metricTable(run)}
!${await curves(ctx, run, key)}
<h2>Params</h2>!${pairs(
    Object.entries(run.params).map(([name, value]) => [name, textOf(value)]),
    'No params were given.',
  )}
<h2>Data</h2>!${dataTable(run)}
<h2>Code</h2>!${pairs(codePairs(run), 'No code version was given.')}
!${run.labels.length === 0 ? '' : html`<h2>Labels</h2><p>${shown(run.labels.join(', '))}</p>`}
!${Object.keys(run.tags).length === 0 ? '' : `<h2>Tags</h2>${pairs(Object.entries(run.tags), '')}`}
!${
    Object.keys(run.env).length === 0
      ? ''
      : `<h2>Environment</h2>${pairs(
          Object.entries(run.env).map(([name, value]) => [name, textOf(value)]),
          '',
        )}`
  }
!${notes.length === 0 ? '' : html`<h2 id="notes">Notes</h2>!${each(notes, (note) => noteLine(ctx, note))}`}
!${await lastLog(ctx, key)}`
}

/** First of all: its values count for nothing. */
function invalidNotice({ invalid }: RunView): Markup {
  if (invalid === null) return ''
  return html`<p class="notice" role="status"><strong>Invalid, and on no board:</strong> ${shown(invalid.reason)}. ${shown(invalid.by)} said so.</p>`
}

function head(ctx: Ctx, run: RunView): Markup {
  const now = ctx.clock.now()
  const started = new Date(run.started_at)
  const ended = run.ended_at === null ? now : new Date(run.ended_at)
  const fact = (label: string, value: Markup) => `<div><dt>${label}</dt><dd>${value}</dd></div>`
  const board = `/p/${encodeURIComponent(run.project)}`
  return html`<dl class="facts">
!${fact('Status', html`<span class="status ${run.status}">${run.status}</span>`)}
!${fact('Project', html`<a href="${board}">${shown(run.project)}</a>`)}
!${fact('Owner', html`${shown(run.owner ?? 'not given')}`)}
!${fact('Started', html`${formatAge(started, now)}`)}
!${fact(run.ended_at === null ? 'Running for' : 'Ran for', html`${formatDuration(ended.getTime() - started.getTime())}`)}
!${run.seed === null ? '' : fact('Seed', html`${shown(run.seed)}`)}
!${run.group === null ? '' : fact('Group', html`${shown(run.group)}`)}
!${fact('Logged with', html`${run.source}`)}
</dl>!${run.missing.length === 0 ? '' : html`<p class="soft">Not recorded: ${run.missing.join(', ')}</p>`}`
}

function metricTable(run: RunView): Markup {
  const entries = Object.entries(run.metrics)
  if (entries.length === 0)
    return html`<p class="soft">${run.ended_at === null ? 'No metrics yet.' : 'No metrics.'}</p>`
  const rows = each(entries, ([name, metric]) => {
    const value = metric.value === null ? 'diverged' : formatValue(metric.value)
    const odd = metric.nans + metric.infinities
    return html`<tr><td class="wide">${shown(name)}</td><td class="number"><strong>${value}</strong></td><td>${metric.aggregate}${metric.step === null ? '' : `, step ${formatSteps(metric.step)}`}</td>
<td class="number">${formatValue(metric.last)}</td><td class="number">${metric.min === null ? '–' : formatValue(metric.min)}</td><td class="number">${metric.max === null ? '–' : formatValue(metric.max)}</td><td class="number">${formatSteps(metric.points)}${odd === 0 ? '' : `, ${odd} not finite`}</td></tr>`
  })
  return html`<div class="scroll"><table><thead><tr><th>Metric</th><th class="number">Value</th><th>Which</th><th class="number">Last</th><th class="number">Lowest</th><th class="number">Highest</th><th class="number">Points</th></tr></thead><tbody>!${rows}</tbody></table></div>`
}

async function curves(ctx: Ctx, run: RunView, key: RunKey): Promise<Markup> {
  const names = Object.entries(run.metrics)
    .filter(([, metric]) => metric.points > 1)
    .map(([name]) => name)
  const project = { id: key.projectId, name: run.project }
  const drawn: Markup[] = []
  for (const name of names.slice(0, CURVES_SHOWN)) {
    const metric = await findMetric(ctx, project, name)
    const { points: columns } = await points.read(ctx, key, metric.id, { max: POINTS_LIMIT })
    const { steps, values } = columns
    const view = run.metrics[name]
    const finding = `${name} over ${values.length} points, from ${formatValue(values[0] ?? null)} to ${formatValue(view?.last ?? null)}.`
    drawn.push(
      chart({
        title: name,
        finding,
        line: Array.from(values, (y, index) => ({ x: Number(steps[index]), y })),
        xLabel: 'step',
        data: curvesAddress(name, [run.ref]),
      }),
    )
  }
  if (drawn.length === 0) return ''
  const hidden = names.length - drawn.length
  return html`<h2>Curves</h2><div class="curves">!${drawn.join('')}</div>!${hidden > 0 ? html`<p class="soft">... ${hidden} more over the API</p>` : ''}`
}

function pairs(entries: [string, string][], none: string): Markup {
  if (entries.length === 0) return html`<p class="soft">${none}</p>`
  return html`<div class="scroll"><table><tbody>!${each(entries, ([name, value]) => html`<tr><th>${shown(name)}</th><td class="wide mono">${shown(value)}</td></tr>`)}</tbody></table></div>`
}

function dataTable({ data }: RunView): Markup {
  if (data.length === 0) return html`<p class="soft">No data version was given.</p>`
  const rows = each(
    data,
    ({ name, version, path, url }) =>
      html`<tr><td class="wide">${shown(name)}</td><td class="wide mono">${shown(version)}</td><td class="wide mono">${shown(path ?? '')}</td><td class="wide mono">${shown(url ?? '')}</td></tr>`,
  )
  return html`<div class="scroll"><table><thead><tr><th>Name</th><th>Version</th><th>Path</th><th>Address</th></tr></thead><tbody>!${rows}</tbody></table></div>`
}

function codePairs({ code, command }: RunView): [string, string][] {
  const given: [string, string | null][] = [
    ['Repository', code.repo],
    ['Commit', code.commit],
    ['Branch', code.branch],
    ['Uncommitted changes', code.dirty === null ? null : code.dirty ? 'yes' : 'no'],
    ['Command', command],
  ]
  return given.flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, value]]))
}

async function lastLog(ctx: Ctx, key: RunKey): Promise<Markup> {
  const lines = await lastLines(ctx.db, key, 50, 20)
  return lines.length === 0 ? '' : html`<h2>Last lines</h2><pre>${shown(lines.join('\n'))}</pre>`
}
