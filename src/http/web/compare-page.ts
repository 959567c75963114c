import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { dataWords } from '../../domain/datasets/compare-data.ts'
import { type Comparison, compareRuns } from '../../domain/runs/compare/compare-runs.ts'
import type { Difference } from '../../domain/runs/inputs/differences.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { formatDelta, formatValue, formatValues } from '../../domain/text/format.ts'
import { principalOf } from '../auth.ts'
import { curvesAddress } from './curves-data.ts'
import { each, html, type Markup, shown } from './html.ts'
import { CURVES, page } from './layout.ts'
import { noteLine } from './note-line.ts'
import { sendPage } from './send-page.ts'

const MAX_OVERLAYS = 6
const NOTES_LIMIT = 5

/** What differs between two to five runs, named with commas: /compare?runs=churn%231,churn%232 */
export function comparePage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/compare', async (request, reply) => {
    const principal = principalOf(request)
    const refs = refsOf(request.query as CompareQuery)
    const runs = refs.join(', ')
    const form = html`<h1>Compare</h1><form class="filters" method="get" action="/compare"><label>Runs, with commas <input class="long" name="runs" value="${shown(runs)}" placeholder="churn#141, churn#142"></label><button type="submit">Compare</button></form>`
    if (refs.length === 0) return sendPage(reply, page({ title: 'Compare', body: form, principal }))
    const keys: RunKey[] = []
    for (const ref of refs) keys.push(await findRun(ctx, ref, principal.projectId))
    const comparison = await compareRuns(ctx, keys)
    return sendPage(
      reply,
      page({
        title: 'Compare',
        body:
          form +
          comparisonTable(ctx, comparison) +
          overlays(comparison) +
          (await notesOf(ctx, comparison, keys)),
        principal,
        ...CURVES,
      }),
    )
  })
}

interface CompareQuery {
  /** With commas, as it is typed and linked. */
  runs?: string
  /** One each, as boxes are ticked. */
  run?: string | string[]
}

function refsOf({ runs = '', run = [] }: CompareQuery): string[] {
  return [...runs.split(','), ...(typeof run === 'string' ? [run] : run)]
    .map((ref) => ref.trim())
    .filter((ref) => ref !== '')
}

/** Curves on top of each other: the metrics that two runs share first. */
function overlays({ runs }: Comparison): Markup {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))]
  const drawn = names
    .map((name) => ({ name, of: runs.filter(({ metrics }) => (metrics[name]?.points ?? 0) > 1) }))
    .filter(({ of }) => of.length > 0)
    .toSorted((a, b) => b.of.length - a.of.length || rank(a.of, a.name) - rank(b.of, b.name))
  if (drawn.length === 0) return ''
  const figures = each(drawn.slice(0, MAX_OVERLAYS), ({ name, of }) => {
    const ends = of.map(({ ref, metrics }) => `${ref} ${formatValue(metrics[name]?.value ?? null)}`)
    return html`<figure data-curve="${curvesAddress(
      name,
      of.map(({ ref }) => ref),
    )}"><figcaption>${shown(name)}</figcaption><p class="finding soft">${shown(`${name}: ${ends.join(', ')}.`)}</p></figure>`
  })
  const hidden = drawn.length - MAX_OVERLAYS
  return html`<h2>Curves</h2><div class="curves">!${figures}</div>!${hidden > 0 ? html`<p class="soft">... ${hidden} more on the runs' own pages</p>` : ''}`
}

/** Metrics with a direction are what runs are compared by. */
function rank([first]: RunView[], name: string): number {
  return first?.metrics[name]?.direction == null ? 1 : 0
}

async function notesOf(ctx: Ctx, { runs }: Comparison, keys: RunKey[]): Promise<Markup> {
  const parts = await Promise.all(
    runs.map(async (run) => {
      const key = keys.find(({ runId }) => runId === run.id)
      const notes = key === undefined ? [] : await listNotes(ctx, key, NOTES_LIMIT)
      return each(notes, (note) => noteLine(ctx, note))
    }),
  )
  const told = [...new Set(parts)].join('')
  return told === '' ? '' : html`<h2>Notes</h2>!${told}`
}

function comparisonTable(ctx: Ctx, comparison: Comparison): Markup {
  const { runs, words, inputs, params, data, code, others, comparable, codeUrls } = comparison
  const head = each(
    runs,
    (run) =>
      html`<th><a href="${run.url.slice(ctx.publicUrl.length)}">${shown(run.ref)}</a><br>${shown(run.name ?? '')}<br>${shown(run.owner ?? '')}</th>`,
  )
  const plain = (label: string, { name, values }: Difference<string>) =>
    html`<tr><th>${label}${shown(name)}</th>!${each(values, (value) => html`<td class="wide mono">${value === null ? 'none' : shown(value || 'yes')}</td>`)}</tr>`
  const rows = [
    ...metricRows(comparison),
    ...data.map((one) => plain('data ', one)),
    ...code.map((one) => plain('', one)),
    ...params.map((one) => plain('', one)),
    ...others.map((one) => plain('', one)),
  ]
  const warning = comparable
    ? ''
    : html`<p class="notice">These runs are not comparable as they stand: data differs: ${shown(dataWords(data))}</p>`
  const links = each(codeUrls, (url, index) =>
    url === null
      ? ''
      : html`<p><a href="${url}">What changed in the code, ${shown(runs[0]?.ref ?? '')} to ${shown(runs[index]?.ref ?? '')}</a></p>`,
  )
  const invalid = each(runs, (run) =>
    run.invalid === null
      ? ''
      : html`<p class="notice"><strong>${shown(run.ref)} is invalid:</strong> ${shown(run.invalid.reason)} (${shown(run.invalid.by)})</p>`,
  )
  const told = html`!${invalid}<p><strong>${shown(words)}</strong></p>!${inputs === null ? '' : html`<p class="soft">${inputs}</p>`}`
  if (rows.length === 0) return html`!${told}<p>Nothing differs: same params, data, code and metrics.</p>`
  return html`!${told}!${warning}<div class="scroll"><table><thead><tr><th>Differs</th>!${head}</tr></thead><tbody>!${rows.join('')}</tbody></table></div>!${links}`
}

function metricRows({ metrics }: Comparison): Markup[] {
  return metrics.map(({ name, values, verdicts }) => {
    const texts = formatValues(values)
    const [base] = values
    const cells = each(values, (value, index) => {
      if (value === null) return html`<td>none</td>`
      const verdict = verdicts[index]
      const change =
        verdict == null || base == null || verdict === 'equal'
          ? ''
          : html`<br><span class="soft">${formatDelta(base, value)}${verdict === 'different' ? '' : `, ${verdict}`}</span>`
      return html`<td><strong>${texts[index]}</strong>!${change}</td>`
    })
    return html`<tr><th>${shown(name)}</th>!${cells}</tr>`
  })
}
