import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { type Comparison, compareRuns, type Difference } from '../../domain/runs/compare-runs.ts'
import { findRun } from '../../domain/runs/find-run.ts'
import type { RunKey } from '../../domain/runs/types.ts'
import { formatDelta, formatValues } from '../../domain/text/format.ts'
import { principalOf } from '../auth.ts'
import { each, html, type Markup, shown } from './html.ts'
import { page } from './layout.ts'
import { sendPage } from './send-page.ts'

/** What differs between two to five runs, named with commas: /compare?runs=churn%231,churn%232 */
export function comparePage(app: FastifyInstance, ctx: Ctx): void {
  app.get('/compare', async (request, reply) => {
    const principal = principalOf(request)
    const { runs = '' } = request.query as { runs?: string }
    const refs = runs
      .split(',')
      .map((ref) => ref.trim())
      .filter((ref) => ref !== '')
    const form = html`<h1>Compare</h1><form class="filters" method="get" action="/compare"><label>Runs, with commas <input class="long" name="runs" value="${shown(runs)}" placeholder="churn#141, churn#142"></label><button type="submit">Compare</button></form>`
    if (refs.length === 0) return sendPage(reply, page({ title: 'Compare', body: form, principal }))
    const keys: RunKey[] = []
    for (const ref of refs) keys.push(await findRun(ctx, ref, principal.projectId))
    const comparison = await compareRuns(ctx, keys)
    return sendPage(
      reply,
      page({ title: 'Compare', body: form + comparisonTable(ctx, comparison), principal }),
    )
  })
}

function comparisonTable(ctx: Ctx, comparison: Comparison): Markup {
  const { runs, params, data, code, comparable, codeUrl } = comparison
  const head = each(
    runs,
    (run) =>
      html`<th><a href="${run.url.slice(ctx.publicUrl.length)}">${shown(run.ref)}</a><br>${shown(run.name ?? '')}<br>${shown(run.owner ?? '')}</th>`,
  )
  const plain = (label: string, { name, values }: Difference<string>) =>
    html`<tr><th>${label}${shown(name)}</th>!${each(values, (value) => html`<td class="wide mono">${value === null ? 'none' : shown(value)}</td>`)}</tr>`
  const rows = [
    ...metricRows(comparison),
    ...data.map((one) => plain('data ', one)),
    ...(code === null ? [] : [plain('', code)]),
    ...params.map((one) => plain('', one)),
  ]
  const warning = comparable
    ? ''
    : html`<p class="notice">Data differs between these runs: their values are not comparable as they stand.</p>`
  const link = codeUrl === null ? '' : html`<p><a href="${codeUrl}">What changed in the code</a></p>`
  if (rows.length === 0) return html`<p>Nothing differs: same params, data, code and metrics.</p>`
  return html`!${warning}<div class="scroll"><table><thead><tr><th>Differs</th>!${head}</tr></thead><tbody>!${rows.join('')}</tbody></table></div>!${link}`
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
