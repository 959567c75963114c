import type { Ctx } from '../../context.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { plainNote } from '../../domain/notes/markdown.ts'
import { newestNotes } from '../../domain/notes/newest-notes.ts'
import { type NoteRow, shownNote } from '../../domain/notes/read-notes.ts'
import { isSamePerson } from '../../domain/people/same-person.ts'
import { runPictures } from '../../domain/pictures/run-pictures.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { readRun } from '../../domain/runs/read/read-run.ts'
import { type RunRelations, runRelations } from '../../domain/runs/read/run-relations.ts'
import type { RunKey } from '../../db/tables.ts'
import type { MetricView, RunView } from '../../domain/runs/types.ts'
import { formatAge, formatDuration, formatSteps, formatValue } from '../../domain/text/format.ts'
import {
  about,
  bold,
  ask,
  buttons,
  context,
  cut,
  facts,
  header,
  message,
  paragraph,
  text,
  withPictures,
} from '../../messages/build.ts'
import type { Block, Button, Message, Tone } from '../../messages/model.ts'
import type { Asker, Command } from './command.ts'
import { invalidLine, noteBlocks } from './note-lines.ts'
import { editButton } from './note-receipt.ts'
import { RUN } from './options.ts'
import { accountOf, noteButton, orNotGiven, quoteRef, readWords, scopeOf, wordAt } from './parts.ts'
import { commitText, dataTextLinked, inputBlocks } from './show-inputs.ts'
import { relationBlocks } from './show-relations.ts'
import { tagWords } from './tag.ts'

const METRICS = 12
const NOTES = 3

export const show: Command = {
  name: 'show',
  summary: 'Everything about one run',
  usage: 'show <run>',
  example: 'show churn#142',
  changes: false,
  options: [RUN],
  run: async (ctx, input) => {
    const query = readWords(ctx, show, input, { fewest: 1, most: 1 })
    const key = await findRun(ctx, wordAt(query, 0), input.asker.projectId, scopeOf(input.asker))
    const run = await readRun(ctx, key)
    const notes = await listNotes(ctx, key, NOTES)
    const said = await saidOf(ctx, input.asker, key, run.ref, notes)
    const relations = await runRelations(ctx, key, run)
    const drawn = await runPictures(ctx, key, run)
    const data = { run, notes: notes.map(shownNote), relations }
    return { message: withPictures(runMessage(ctx, run, relations, said), ...drawn), data }
  },
}

const TONES: Record<RunView['status'], Tone> = {
  running: 'neutral',
  finished: 'good',
  failed: 'bad',
  lost: 'warning',
  killed: 'warning',
}

interface Said {
  blocks: Block[]
  edits: Button[]
}

/** A run's newest notes, and a button for each that the asker may change. */
async function saidOf(ctx: Ctx, asker: Asker, key: RunKey, ref: string, notes: NoteRow[]): Promise<Said> {
  const now = ctx.clock.now()
  const count = (await newestNotes(ctx, [key])).get(key.runId)?.count ?? 0
  const hidden = count - notes.length
  const own: NoteRow[] = []
  for (const note of notes)
    if (note.account !== null && (await isSamePerson(ctx, note.account, accountOf(asker)))) own.push(note)
  return {
    blocks: [
      ...notes.flatMap((note) => noteBlocks(note, now, ref)),
      ...(hidden > 0 ? [context(`... ${hidden} more ${hidden === 1 ? 'note' : 'notes'} on the page`)] : []),
    ],
    edits: own.map((note) => editButton(note, `Edit: ${cut(plainNote(note.text), 20)}`)),
  }
}

function runMessage(ctx: Ctx, run: RunView, relations: RunRelations, said: Said): Message {
  const title = run.name === null ? run.ref : `${run.ref} ${run.name}`
  const blocks: Block[] = [
    header(cut(title, 140)),
    ...invalidLine(run),
    facts(
      ['Status', statusText(ctx, run)],
      ['Owner', orNotGiven(run.owner)],
      ['Commit', commitText(ctx, run)],
      ['Data', dataTextLinked(run)],
      ...(run.group === null ? [] : [['Group', cut(run.group, 60)] as [string, string]]),
      ...(run.starred ? [['Starred', 'yes'] as [string, string]] : []),
      ...(run.seed === null ? [] : [['Seed', cut(run.seed, 40)] as [string, string]]),
    ),
    ...metricBlocks(run),
    ...relationBlocks(relations),
    ...inputBlocks(run),
  ]
  const tags = tagWords(run)
  if (tags !== '') blocks.push(paragraph(bold('Tags '), tags))
  blocks.push(...said.blocks)
  if (run.missing.length > 0) blocks.push(context(`Not recorded: ${run.missing.join(', ')}`))
  const page: Button = { id: 'page', label: 'Open page', action: { do: 'open', url: run.url } }
  blocks.push(buttons(...compareButton(run, relations), page, noteButton(run.ref), ...said.edits))
  const state = run.invalid === null ? run.status : 'invalid'
  const tone = run.invalid === null ? TONES[run.status] : 'warning'
  const told = message('show', `${title}: ${state}${headline(run)}`, blocks, tone)
  return about(told, [run.id])
}

function statusText(ctx: Ctx, run: RunView): string {
  const started = new Date(run.started_at)
  if (run.ended_at === null)
    return `running for ${formatDuration(ctx.clock.now().getTime() - started.getTime())}`
  const ended = new Date(run.ended_at)
  return `${run.status} ${formatAge(ended, ctx.clock.now())}, ran ${formatDuration(ended.getTime() - started.getTime())}`
}

/** Against the run that took the record from it, else the one that it took the record from. */
function compareButton({ ref }: RunView, { records: [record] }: RunRelations): Button[] {
  if (record?.beaten_by != null)
    return [
      ask(
        'compare',
        `Compare with ${cut(record.beaten_by.ref, 40)}`,
        `compare ${quoteRef(ref)} ${quoteRef(record.beaten_by.ref)}`,
        'primary',
      ),
    ]
  if (record?.beat == null) return []
  return [
    ask(
      'compare',
      `Compare with ${cut(record.beat.ref, 40)}`,
      `compare ${quoteRef(record.beat.ref)} ${quoteRef(ref)}`,
      'primary',
    ),
  ]
}

function metricBlocks({ metrics, url }: RunView): Block[] {
  const entries = Object.entries(metrics)
  if (entries.length === 0) return [paragraph(text('No metrics yet.', 'italic'))]
  const rows = entries
    .slice(0, METRICS)
    .map(([name, metric]) => [
      { text: cut(name, 60) },
      { text: metricText(metric), bold: true },
      { text: lastText(metric) },
    ])
  const hidden = entries.length - METRICS
  return [
    {
      type: 'table',
      columns: [
        { title: 'Metric', align: 'left' },
        { title: 'Value', align: 'left' },
        { title: 'Last', align: 'left' },
      ],
      rows,
      ...(hidden > 0 ? { more: { count: hidden, url } } : {}),
    },
  ]
}

/** '0.93, step 2,000; 12 NaN': where the curve ended, and what of it was no number. */
function lastText({ last, last_step, points, nans, infinities }: MetricView): string {
  const odd = nans + infinities
  const ended = `${formatValue(last)}${last_step === null ? '' : `, step ${formatSteps(last_step)}`}`
  return odd === 0 || points === 1 ? ended : `${ended}; ${odd} of ${points} not finite`
}

/** '0.941 (best, step 1,200)' */
export function metricText({ value, aggregate, step, unit }: MetricView): string {
  if (value === null) return `diverged (${aggregate}: no finite value)`
  return `${formatValue(value)}${unit === null ? '' : ` ${unit}`} (${aggregate}${step === null ? '' : `, step ${formatSteps(step)}`})`
}

function headline({ metrics }: RunView): string {
  const [first] = Object.entries(metrics).filter(([, metric]) => metric.direction !== null)
  return first === undefined ? '' : `, ${first[0]} ${metricText(first[1])}`
}
