import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, MetricRow } from '../../db/tables.ts'
import {
  about,
  ask,
  bold,
  buttons,
  context,
  cut,
  facts,
  header,
  link,
  message,
  paragraph,
  text,
  withPictures,
} from '../../messages/build.ts'
import type { Block, Button, Inline, Message } from '../../messages/model.ts'
import { shortVersion } from '../datasets/compare-data.ts'
import { primaryMetrics } from '../metrics/primary-metrics.ts'
import { type RecordMark, recordPicture } from '../pictures/record-picture.ts'
import { type Change, type InputChanges, inputChanges } from '../runs/input-changes.ts'
import { runUrl } from '../runs/run-url.ts'
import { formatDelta, formatDuration, formatSteps, formatValues, shortNumber } from '../text/format.ts'
import type { AnnouncedMetric, AnnouncedRecord } from './announcements.ts'
import { dataWarnings } from './data-warning.ts'

/** Changes and earlier records shown before "... and 3 more". */
const CHANGES_SHOWN = 6
const RECORDS_SHOWN = 5

interface RunFacts {
  id: string
  number: number
  ref: string
  url: string
  name: string | null
  owner: string | null
  commit: string | null
  dirty: boolean | null
}

/** The new-best message, made anew from what is stored whenever one of its facts changes. */
export async function recordMessage(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  announced: AnnouncedMetric[],
): Promise<Message> {
  const metrics = await readMetrics(trx, projectId, announced)
  const runs = await readRuns(trx, ctx, projectId, announced)
  const sections = announced.flatMap((one) => {
    const metric = metrics.get(one.metricId)
    const best = one.records.at(-1)
    const base = one.records[0]?.previous ?? null
    return metric === undefined || best === undefined ? [] : [{ metric, best, base, ...one }]
  })
  const lead = sections[0]
  if (lead === undefined) throw new Error('a new-best message without a record')
  const { name: project } = await trx
    .selectFrom('projects')
    .select('name')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  const changes =
    lead.base === null ? undefined : await inputChanges(trx, projectId, lead.base.runId, lead.best.runId)
  const title = titleOf(project, sections)
  const blocks: Block[] = [header(title)]
  for (const section of sections) blocks.push(...sectionBlocks(section, runs))
  const pairs = sections.flatMap(({ best, base }) =>
    base === null ? [] : [{ best: best.runId, base: base.runId }],
  )
  const warnings = await dataWarnings(trx, projectId, pairs, runs)
  blocks.push(...warnings)
  if (changes !== undefined) blocks.push(...changeBlocks(changes, runs.get(lead.base?.runId ?? '')))
  const { chosen } = await primaryMetrics(trx, projectId)
  blocks.push(hint(project, lead.metric, chosen))
  blocks.push(buttons(...actions(project, lead, runs)))
  const line = `${fallback(title, lead, runs)}${warnings.length === 0 ? '' : '; data differs'}`
  const told = about(message('record', line, blocks, warnings.length === 0 ? 'good' : 'warning'), [
    lead.best.runId,
  ])
  return withPictures(told, await recordPicture({ db: trx }, project, lead.metric, markOf(lead, runs)))
}

function markOf({ best }: Section, runs: Map<string, RunFacts>): RecordMark | undefined {
  const run = runs.get(best.runId)
  return run === undefined ? undefined : { number: run.number, label: run.ref }
}

interface Section extends AnnouncedMetric {
  metric: MetricRow
  best: AnnouncedRecord
  /** What stood before the first record of the message. */
  base: AnnouncedRecord['previous']
}

function titleOf(project: string, sections: Section[]): string {
  const names = sections.map(({ metric }) => metric.name).join(' and ')
  const count = Math.max(...sections.map(({ records }) => records.length))
  return count > 1 ? `${count} new bests: ${names} in ${project}` : `New best ${names} in ${project}`
}

function sectionBlocks(
  { metric, best, base, records, beatenBy }: Section,
  runs: Map<string, RunFacts>,
): Block[] {
  const run = runs.get(best.runId)
  const [now, before] = formatValues([best.value, base?.value ?? best.value])
  const unit = metric.unit === null ? '' : ` ${metric.unit}`
  const step = best.step === null ? '' : `, step ${formatSteps(best.step)}`
  const aggregate = metric.aggregate === 'best' ? 'best' : metric.aggregate
  const line: Inline[] = [
    text(`${metric.name} `),
    bold(`${before}${unit} → ${now}${unit}`),
    text(base === null ? '' : ` (${formatDelta(base.value, best.value)}; ${aggregate}${step})`),
  ]
  const blocks: Block[] = [{ type: 'text', text: line }]
  blocks.push(
    facts(
      ['Run', runLine(run)],
      ['Before', [...runLine(base === null ? undefined : runs.get(base.runId)), ...stood(records[0])]],
    ),
  )
  if (records.length > 1) blocks.push(paragraph(...ladder(records, runs)))
  if (beatenBy !== null) blocks.push(overtaken(best, beatenBy, runs))
  return blocks
}

function runLine(run: RunFacts | undefined): Inline[] {
  if (run === undefined) return [text('a run that is gone')]
  const name = run.name === null ? '' : ` ${cut(run.name, 60)}`
  const owner = run.owner === null ? '' : ` by ${cut(run.owner, 40)}`
  return [link(run.ref, run.url), text(`${name}${owner}`)]
}

/** How long the record before had stood. */
function stood(first: AnnouncedRecord | undefined): Inline[] {
  if (first === undefined || first.previous === null) return []
  return [text(`, stood ${formatDuration(Date.parse(first.at) - Date.parse(first.previous.setAt))}`)]
}

/** A burst told as a ladder: every record of the minute, in the order in which each beat the one before. */
function ladder(records: AnnouncedRecord[], runs: Map<string, RunFacts>): Inline[] {
  const shown = records.slice(-RECORDS_SHOWN)
  const hidden = records.length - shown.length
  const values = formatValues(shown.map((record) => record.value))
  const steps = shown.flatMap((record, index): Inline[] => {
    const run = runs.get(record.runId)
    return [
      text(`${index === 0 ? '' : ' → '}${values[index]} `),
      run === undefined ? text('?') : link(run.ref, run.url),
    ]
  })
  return [text(hidden > 0 ? `Within a minute, after ${hidden} more: ` : 'Within a minute: '), ...steps]
}

function overtaken(best: AnnouncedRecord, by: AnnouncedRecord, runs: Map<string, RunFacts>): Block {
  const run = runs.get(by.runId)
  const [value] = formatValues([by.value, best.value])
  return paragraph(
    text(`Was best for ${formatDuration(Date.parse(by.at) - Date.parse(best.at))}, beaten by `, 'italic'),
    run === undefined ? text('a run that is gone') : link(run.ref, run.url),
    text(` (${value})`, 'italic'),
  )
}

function changeBlocks(changes: InputChanges, previous: RunFacts | undefined): Block[] {
  const lines = [
    ...changes.data.map((change) => describe('data ', change, shortVersion)),
    ...(changes.code === null ? [] : [describe('', changes.code, (commit) => commit.slice(0, 8))]),
    ...changes.params.map((change) => describe('', change, (value) => cut(shortNumber(value), 40))),
  ]
  if (previous === undefined) return []
  if (lines.length === 0)
    return [paragraph('Nothing that was logged differs from the best before: same params, code and data.')]
  const hidden = lines.length - CHANGES_SHOWN
  const more = hidden > 0 ? `\n... ${hidden} more` : ''
  return [paragraph(bold('What changed\n'), text(lines.slice(0, CHANGES_SHOWN).join('\n') + more))]
}

function describe(prefix: string, { name, before, after }: Change, show: (value: string) => string): string {
  const side = (value: string | null) => (value === null ? 'not given' : show(value))
  return `${prefix}${cut(name, 60)}: ${side(before)} → ${side(after)}`
}

function hint(project: string, metric: MetricRow, chosen: boolean): Block {
  const better = metric.direction === 'max' ? 'higher is better' : 'lower is better'
  if (chosen) return context(`${metric.name}: ${better}`)
  return context(
    `${metric.name}: ${better}. Nobody has chosen what ${cut(project, 60)} is about; `,
    text(`/exp goal ${metric.name} ${metric.direction}`, 'code'),
    ' does.',
  )
}

function actions(project: string, { best, base }: Section, runs: Map<string, RunFacts>): Button[] {
  const run = runs.get(best.runId)
  const previous = base === null ? undefined : runs.get(base.runId)
  const mute: Button = { id: 'mute', label: 'Mute for 24 h', action: { do: 'mute', rule: 'best', project } }
  if (run === undefined) return [mute]
  const show = ask('show', 'Show', `show ${quoted(run.ref)}`)
  if (previous === undefined) return [show, mute]
  return [
    ask('compare', 'Compare', `compare ${quoted(previous.ref)} ${quoted(run.ref)}`, 'primary'),
    show,
    mute,
  ]
}

function quoted(ref: string): string {
  return /\s/.test(ref) ? `"${ref}"` : ref
}

function fallback(title: string, { best, base }: Section, runs: Map<string, RunFacts>): string {
  const [value, before] = formatValues([best.value, base?.value ?? best.value])
  const ref = runs.get(best.runId)?.ref ?? 'a run'
  return `${title}: ${before} → ${value}, ${ref}`
}

async function readMetrics(
  trx: Transaction<Database>,
  projectId: number,
  announced: AnnouncedMetric[],
): Promise<Map<number, MetricRow>> {
  const rows = await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .where(
      'id',
      'in',
      announced.map((one) => one.metricId),
    )
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

async function readRuns(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  announced: AnnouncedMetric[],
): Promise<Map<string, RunFacts>> {
  const ids = announced
    .flatMap(({ records, beatenBy }) => (beatenBy === null ? records : [...records, beatenBy]))
    .flatMap((record) => (record.previous === null ? [record.runId] : [record.runId, record.previous.runId]))
  const rows = await trx
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['runs.id', 'runs.number', 'runs.name', 'runs.owner', 'runs.code_commit', 'runs.code_dirty'])
    .select('projects.name as project')
    .where('runs.project_id', '=', projectId)
    .where('runs.id', '=', sql<string>`any(${[...new Set(ids)]}::uuid[])`)
    .execute()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        number: row.number,
        ref: `${row.project}#${row.number}`,
        url: runUrl(ctx, row.project, row.number),
        name: row.name,
        owner: row.owner,
        commit: row.code_commit,
        dirty: row.code_dirty,
      },
    ]),
  )
}
