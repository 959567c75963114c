import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, MetricRow } from '../../../db/tables.ts'
import {
  about,
  ask,
  bold,
  buttons,
  context,
  cut,
  facts as factsBlock,
  header,
  link,
  message,
  paragraph,
  text,
  withPictures,
  urgent,
} from '../../../messages/build.ts'
import type { Block, Button, Inline, Message } from '../../../messages/model.ts'
import { shortVersion } from '../../datasets/compare-data.ts'
import { primaryMetrics } from '../../metrics/primary-metrics.ts'
import { type RecordMark, recordPicture } from '../../pictures/record-picture.ts'
import { type Change, type InputChanges, inputChanges } from '../../runs/inputs/input-changes.ts'
import { formatDelta, formatDuration, formatSteps, formatValues, shortNumber } from '../../text/format.ts'
import type { PostedMetric, PostedRecord } from './posted-records.ts'
import { dataWarnings } from './data-warning.ts'
import { readFacts, type RunFacts } from './record-facts.ts'
import { type Story, storyOf } from './record-story.ts'
import { withdrawnBlocks } from './withdrawn-blocks.ts'
import { betterWords } from '../../values/better.ts'

/** Changes and earlier records shown before "... and 3 more". */
const CHANGES_LIMIT = 6
const RECORDS_LIMIT = 5

/**
 * The new-best message. It is rendered from stored facts, again whenever one of them changes.
 * @param rule the rule that the mute button silences
 */
export async function recordMessage(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  metrics: PostedMetric[],
  rule: string,
): Promise<Message> {
  const facts = await readFacts(trx, ctx, projectId, metrics)
  const { runs } = facts
  const stories = metrics.flatMap((one) => storyOf(one, facts) ?? [])
  const lead = stories.find(isStanding) ?? stories[0]
  if (lead === undefined) throw new Error('a new-best message without a record')
  const { name: project } = await trx
    .selectFrom('projects')
    .select('name')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  const title = titleOf(project, stories)
  const blocks: Block[] = [header(title)]
  for (const story of stories) blocks.push(...storyBlocks(story, runs))
  const pairs = stories.flatMap((story) =>
    story.base === null || !isStanding(story) ? [] : [{ best: story.best.runId, base: story.base.runId }],
  )
  const warnings = await dataWarnings(trx, projectId, pairs, runs)
  blocks.push(...warnings)
  if (lead.base !== null && isStanding(lead)) {
    const changes = await inputChanges(trx, projectId, lead.base.runId, lead.best.runId)
    // The warning already names the data that differ.
    const shown = warnings.length === 0 ? changes : { ...changes, data: [] }
    if (warnings.length === 0 || hasChanges(shown))
      blocks.push(...changeBlocks(shown, runs.get(lead.base.runId)))
  }
  const { chosen } = await primaryMetrics(trx, projectId)
  if (isStanding(lead)) blocks.push(hint(project, lead.metric, chosen))
  blocks.push(buttons(...actions(project, lead, runs, rule)))
  const line = `${fallback(title, lead, runs)}${warnings.length === 0 ? '' : '; data differs'}`
  const tone = isStanding(lead) && warnings.length === 0 ? 'good' : 'warning'
  const post = about(urgent(message('record', line, blocks, tone)), [lead.best.runId])
  if (!isStanding(lead)) return post
  return withPictures(post, await recordPicture({ db: trx }, project, lead.metric, markOf(lead, runs)))
}

function markOf({ best }: Story, runs: Map<string, RunFacts>): RecordMark | undefined {
  const run = runs.get(best.runId)
  return run === undefined ? undefined : { number: run.number, label: run.ref }
}

/** Whether at least one record of the message still counts. */
function isStanding({ records }: Story): boolean {
  return records.length > 0
}

function titleOf(project: string, stories: Story[]): string {
  const standing = stories.filter(isStanding)
  const names = (standing.length === 0 ? stories : standing).map(({ metric }) => metric.name).join(' and ')
  if (standing.length === 0) return `Withdrawn: new best ${names} in ${project}`
  const count = Math.max(...standing.map(({ records }) => records.length))
  return count > 1 ? `${count} new bests: ${names} in ${project}` : `New best ${names} in ${project}`
}

function storyBlocks(story: Story, runs: Map<string, RunFacts>): Block[] {
  const { metric, best, base, records, beatenBy } = story
  const run = runs.get(best.runId)
  const [gain, explained] = gainOf(story)
  if (!isStanding(story))
    return [paragraph(text(`${metric.name} ${gain}${explained}`, 'strike')), ...withdrawnBlocks(story, runs)]
  const blocks: Block[] = [paragraph(`${metric.name} `, bold(gain), explained)]
  const before: Inline[] =
    base === null
      ? [text('nothing that counts')]
      : [...runLine(runs.get(base.runId)), ...stood(records[0], base)]
  blocks.push(factsBlock(['Run', runLine(run)], ['Before', before]))
  if (records.length > 1) blocks.push(paragraph(...ladder(records, runs)))
  if (beatenBy !== null) blocks.push(overtaken(best, beatenBy, runs))
  return [...blocks, ...withdrawnBlocks(story, runs)]
}

/** '0.91 → 0.95' and ' (+0.04; best, step 1,200)' */
function gainOf({ metric, best, base }: Story): [gain: string, explained: string] {
  const [now, before] = formatValues([best.value, base?.value ?? best.value])
  const unit = metric.unit === null ? '' : ` ${metric.unit}`
  const step = best.step === null ? '' : `, step ${formatSteps(best.step)}`
  if (base === null) return [`${now}${unit}`, ` (${metric.aggregate}${step})`]
  const delta = formatDelta(base.value, best.value)
  return [`${before}${unit} → ${now}${unit}`, ` (${delta}; ${metric.aggregate}${step})`]
}

function runLine(run: RunFacts | undefined): Inline[] {
  if (run === undefined) return [text('a run that is gone')]
  const name = run.name === null ? '' : ` ${cut(run.name, 60)}`
  const owner = run.owner === null ? '' : ` by ${cut(run.owner, 40)}`
  return [link(run.ref, run.url), text(`${name}${owner}`)]
}

/** How long the former record was the best. */
function stood(first: PostedRecord | undefined, base: { setAt: string }): Inline[] {
  if (first === undefined) return []
  return [text(`, stood ${formatDuration(Date.parse(first.at) - Date.parse(base.setAt))}`)]
}

/** A burst as a ladder: every record of the minute, each one after the one it beat. */
function ladder(records: PostedRecord[], runs: Map<string, RunFacts>): Inline[] {
  const shown = records.slice(-RECORDS_LIMIT)
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

function overtaken(
  best: PostedRecord,
  by: { runId: string; value: number; at: string },
  runs: Map<string, RunFacts>,
): Block {
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
  const hidden = lines.length - CHANGES_LIMIT
  const more = hidden > 0 ? `\n... ${hidden} more` : ''
  return [paragraph(bold('What changed\n'), text(lines.slice(0, CHANGES_LIMIT).join('\n') + more))]
}

function hasChanges({ data, code, params }: InputChanges): boolean {
  return data.length + params.length > 0 || code !== null
}

function describe(prefix: string, { name, before, after }: Change, show: (value: string) => string): string {
  const side = (value: string | null) => (value === null ? 'not given' : show(value))
  return `${prefix}${cut(name, 60)}: ${side(before)} → ${side(after)}`
}

function hint(project: string, metric: MetricRow, chosen: boolean): Block {
  const better = betterWords(metric.direction ?? 'min')
  if (chosen) return context(`${metric.name}: ${better}`)
  return context(
    `${metric.name}: ${better}. No primary metric is set for ${cut(project, 60)}; `,
    text(`/exp goal ${metric.name} ${metric.direction}`, 'code'),
    ' does.',
  )
}

function actions(project: string, story: Story, runs: Map<string, RunFacts>, rule: string): Button[] {
  const { best, base } = story
  const run = runs.get(best.runId)
  const previous = base === null ? undefined : runs.get(base.runId)
  const mute: Button = { id: 'mute', label: 'Mute for 24 h', action: { do: 'mute', rule, project } }
  if (run === undefined) return [mute]
  const show = ask('show', 'Show', `show ${quoted(run.ref)}`)
  const note: Button = { id: 'note', label: 'Note', action: { do: 'form', form: { run: quoted(run.ref) } } }
  if (previous === undefined || !isStanding(story)) return [show, note, mute]
  const line = `compare ${quoted(previous.ref)} ${quoted(run.ref)}`
  return [ask('compare', 'Compare', line, 'primary'), show, note, mute]
}

function quoted(ref: string): string {
  return /\s/.test(ref) ? `"${ref}"` : ref
}

function fallback(title: string, { best, base }: Story, runs: Map<string, RunFacts>): string {
  const [value, before] = formatValues([best.value, base?.value ?? best.value])
  const ref = runs.get(best.runId)?.ref ?? 'a run'
  return `${title}: ${base === null ? '' : `${before} → `}${value}, ${ref}`
}
