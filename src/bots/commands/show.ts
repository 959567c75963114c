import type { Ctx } from '../../context.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { newestNotes } from '../../domain/notes/newest-notes.ts'
import { type NoteRow, shownNote } from '../../domain/notes/read-notes.ts'
import { isSamePerson } from '../../domain/people/same-person.ts'
import { runPictures } from '../../domain/pictures/run-pictures.ts'
import { shortVersion } from '../../domain/datasets/compare-data.ts'
import { textOf } from '../../domain/runs/differences.ts'
import { findRun } from '../../domain/runs/find-run.ts'
import { readRun } from '../../domain/runs/read-run.ts'
import type { MetricView, RunKey, RunView } from '../../domain/runs/types.ts'
import { formatAge, formatDuration, formatSteps, formatValue, shortNumber } from '../../domain/text/format.ts'
import {
  about,
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
import type { Block, Button, Inline, Message, Tone } from '../../messages/model.ts'
import type { Asker, Command } from './command.ts'
import { invalidLine, noteBlocks } from './note-lines.ts'
import { editButton } from './note-receipt.ts'
import { RUN } from './options.ts'
import { accountOf, dataText, noteButton, orNotGiven, readWords, scopeOf, wordAt } from './parts.ts'
import { tagWords } from './tag.ts'

const METRICS = 12
const PARAMS = 20
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
    const said = await saidOf(ctx, input.asker, key, notes)
    const drawn = await runPictures(ctx, key, run)
    const data = { run, notes: notes.map(shownNote) }
    return { message: withPictures(runMessage(ctx, run, said), ...drawn), data }
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
async function saidOf(ctx: Ctx, asker: Asker, key: RunKey, notes: NoteRow[]): Promise<Said> {
  const now = ctx.clock.now()
  const count = (await newestNotes(ctx, [key])).get(key.runId)?.count ?? 0
  const hidden = count - notes.length
  const own: NoteRow[] = []
  for (const note of notes)
    if (note.account !== null && (await isSamePerson(ctx, note.account, accountOf(asker)))) own.push(note)
  return {
    blocks: [
      ...notes.flatMap((note) => noteBlocks(note, now)),
      ...(hidden > 0 ? [context(`... ${hidden} more ${hidden === 1 ? 'note' : 'notes'} on the page`)] : []),
    ],
    edits: own.map((note) => editButton(note, `Edit: ${cut(note.text.replace(/\s+/g, ' '), 20)}`)),
  }
}

function runMessage(ctx: Ctx, run: RunView, said: Said): Message {
  const title = run.name === null ? run.ref : `${run.ref} ${run.name}`
  const blocks: Block[] = [
    header(cut(title, 140)),
    ...invalidLine(run),
    facts(
      ['Status', statusText(ctx, run)],
      ['Owner', orNotGiven(run.owner)],
      ['Commit', commitText(run)],
      ['Data', orNotGiven(dataText(run.data), 200)],
      ...(run.group === null ? [] : [['Group', cut(run.group, 60)] as [string, string]]),
      ...(run.starred ? [['Starred', 'yes'] as [string, string]] : []),
      ...(run.seed === null ? [] : [['Seed', cut(run.seed, 40)] as [string, string]]),
    ),
    ...metricBlocks(run),
    ...paramBlocks(run),
  ]
  const tags = tagWords(run)
  if (tags !== '') blocks.push(paragraph(bold('Tags '), tags))
  blocks.push(...said.blocks)
  if (run.missing.length > 0) blocks.push(context(`Not told: ${run.missing.join(', ')}`))
  const page: Button = { id: 'page', label: 'Open page', action: { do: 'open', url: run.url } }
  blocks.push(buttons(page, noteButton(run.ref), ...said.edits))
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

function commitText({ code }: RunView): Inline[] {
  if (code.commit === null) return [orNotGiven(null)]
  const branch = code.branch === null ? '' : ` on ${cut(code.branch, 40)}`
  return [
    text(shortVersion(code.commit), 'code'),
    text(`${branch}${code.dirty === true ? ', with uncommitted changes' : ''}`),
  ]
}

function metricBlocks({ metrics, url }: RunView): Block[] {
  const entries = Object.entries(metrics)
  if (entries.length === 0) return [paragraph(text('No metrics yet.', 'italic'))]
  const rows = entries
    .slice(0, METRICS)
    .map(([name, metric]) => [{ text: cut(name, 60) }, { text: metricText(metric), bold: true }])
  const hidden = entries.length - METRICS
  return [
    {
      type: 'table',
      columns: [
        { title: 'Metric', align: 'left' },
        { title: 'Value', align: 'left' },
      ],
      rows,
      ...(hidden > 0 ? { more: { count: hidden, url } } : {}),
    },
  ]
}

/** '0.941 (best, step 1,200)' */
export function metricText({ value, aggregate, step, unit }: MetricView): string {
  if (value === null) return `diverged (${aggregate}: no finite value)`
  return `${formatValue(value)}${unit === null ? '' : ` ${unit}`} (${aggregate}${step === null ? '' : `, step ${formatSteps(step)}`})`
}

function paramBlocks({ params, url }: RunView): Block[] {
  const entries = Object.entries(params)
  if (entries.length === 0) return []
  const shown = entries
    .slice(0, PARAMS)
    .map(([name, value]) => `${cut(name, 60)} = ${cut(shortNumber(textOf(value)), 60)}`)
  const hidden = entries.length - shown.length
  const more = hidden > 0 ? [text(`, ... ${hidden} more `), link('on the page', url)] : []
  return [paragraph(bold('Params '), text(shown.join(', ')), ...more)]
}

function headline({ metrics }: RunView): string {
  const [first] = Object.entries(metrics).filter(([, metric]) => metric.direction !== null)
  return first === undefined ? '' : `, ${first[0]} ${metricText(first[1])}`
}
