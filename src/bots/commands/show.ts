import type { Ctx } from '../../context.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { runPictures } from '../../domain/pictures/run-pictures.ts'
import { shortVersion } from '../../domain/datasets/compare-data.ts'
import { textOf } from '../../domain/runs/differences.ts'
import { findRun } from '../../domain/runs/find-run.ts'
import { readRun } from '../../domain/runs/read-run.ts'
import type { MetricView, RunView } from '../../domain/runs/types.ts'
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
import type { Block, Inline, Message, Tone } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { RUN } from './options.ts'
import { dataText, orNotGiven, readWords, scopeOf, wordAt } from './parts.ts'

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
    const drawn = await runPictures(ctx, key, run)
    return { message: withPictures(runMessage(ctx, run, notes), ...drawn), data: { run, notes } }
  },
}

const TONES: Record<RunView['status'], Tone> = {
  running: 'neutral',
  finished: 'good',
  failed: 'bad',
  lost: 'warning',
  killed: 'warning',
}

function runMessage(ctx: Ctx, run: RunView, notes: { author: string; text: string }[]): Message {
  const title = run.name === null ? run.ref : `${run.ref} ${run.name}`
  const blocks: Block[] = [
    header(cut(title, 140)),
    facts(
      ['Status', statusText(ctx, run)],
      ['Owner', orNotGiven(run.owner)],
      ['Commit', commitText(run)],
      ['Data', orNotGiven(dataText(run.data), 200)],
      ...(run.group === null ? [] : [['Group', cut(run.group, 60)] as [string, string]]),
      ...(run.seed === null ? [] : [['Seed', cut(run.seed, 40)] as [string, string]]),
    ),
    ...metricBlocks(run),
    ...paramBlocks(run),
  ]
  const tags = Object.entries(run.tags).map(([key, value]) => (value === '' ? key : `${key}: ${value}`))
  if (tags.length > 0) blocks.push(paragraph(bold('Tags '), cut(tags.join(', '), 300)))
  for (const note of notes) blocks.push(paragraph(bold(`${cut(note.author, 40)}: `), cut(note.text, 300)))
  if (run.missing.length > 0) blocks.push(context(`Not told: ${run.missing.join(', ')}`))
  blocks.push(buttons({ id: 'page', label: 'Open page', action: { do: 'open', url: run.url } }))
  const told = message('show', `${title}: ${run.status}${headline(run)}`, blocks, TONES[run.status])
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
