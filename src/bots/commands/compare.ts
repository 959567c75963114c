import { comparisonPicture } from '../../domain/pictures/run-pictures.ts'
import { dataWords, shortVersion } from '../../domain/datasets/compare-data.ts'
import { type Comparison, compareRuns } from '../../domain/runs/compare/compare-runs.ts'
import type { Difference } from '../../domain/runs/inputs/differences.ts'
import { findNamedRuns } from '../../domain/runs/read/find-named-runs.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../../domain/runs/types.ts'
import type { MetricDifference } from '../../domain/runs/compare/metric-differences.ts'
import { formatDelta, formatValues, shortNumber } from '../../domain/text/format.ts'
import {
  about,
  ask,
  buttons,
  context,
  cut,
  header,
  link,
  message,
  paragraph,
  text,
  withPictures,
} from '../../messages/build.ts'
import type { Block, Cell, Inline, Message } from '../../messages/model.ts'
import type { Command, CommandOption } from './command.ts'
import { invalidLine, newestNoteLines } from './note-lines.ts'
import { quoteRef, readWords, scopeOf } from './parts.ts'

const LETTERS = ['A', 'B', 'C', 'D', 'E']
const ROWS = 25

export const compare: Command = {
  name: 'compare',
  summary: 'What differs between two to five runs, and which wins on what',
  usage: 'compare <run> <run> [<run> ...]',
  example: 'compare churn#141 churn#142',
  changes: false,
  options: LETTERS.map((letter, index): CommandOption => {
    const option = {
      name: letter.toLowerCase(),
      description: `Run ${index + 1}: churn#142`,
      kind: 'run' as const,
      as: 'word' as const,
    }
    return index < 2 ? { ...option, required: true } : option
  }),
  run: async (ctx, input) => {
    // A range is one word for several runs; how many there are is said by the comparison itself.
    const query = readWords(ctx, compare, input, { fewest: 1, most: LETTERS.length })
    const names = query.words.map((word) => word.text)
    const keys = await findNamedRuns(ctx, names, scopeOf(input.asker))
    const comparison = await compareRuns(ctx, keys)
    const { codeUrl, codeUrls, ...data } = comparison
    const named = keys.map((key) => ({
      key,
      ref: comparison.runs.find(({ id }) => id === key.runId)?.ref ?? '',
    }))
    const said = await newestNoteLines(ctx, named)
    return {
      message: withPictures(
        compareMessage(comparison, said),
        await comparisonPicture(ctx, inOrder(keys, comparison.runs)),
      ),
      data: { ...data, code_url: codeUrl, code_urls: codeUrls },
    }
  },
}

function inOrder(keys: RunKey[], runs: RunView[]): { key: RunKey; run: RunView }[] {
  return runs.flatMap((run) => {
    const key = keys.find(({ runId }) => runId === run.id)
    return key === undefined ? [] : [{ key, run }]
  })
}

function compareMessage(comparison: Comparison, said: Block[]): Message {
  const { runs, words, inputs, comparable, data } = comparison
  const title = titleOf(runs.map(({ ref }) => ref))
  const blocks: Block[] = [header(cut(title, 140)), { type: 'context', text: names(comparison) }]
  blocks.push(...runs.flatMap(invalidLine), paragraph(text(cut(words, 900), 'bold')))
  if (!comparable) {
    blocks.push(
      paragraph(
        text('These runs are not comparable as they stand: ', 'bold'),
        `data differs: ${dataWords(data)}`,
      ),
    )
  }
  const rows = [...metricRows(comparison), ...plainRows(comparison)]
  if (rows.length === 0) blocks.push(paragraph('Nothing differs: same params, data, code and metrics.'))
  else blocks.push(table(comparison, rows))
  if (inputs !== null) blocks.push(context(inputs))
  blocks.push(...codeLinks(comparison), ...said)
  blocks.push(
    buttons(
      ...runs.map(({ ref }, index) => ask(`show-${index}`, `Show ${cut(ref, 40)}`, `show ${quoteRef(ref)}`)),
    ),
  )
  return about(
    message('compare', `${title}: ${words}`, blocks, comparable ? 'neutral' : 'warning'),
    runs.map(({ id }) => id),
  )
}

/** 'churn#1 against churn#2'; more than two are listed. */
function titleOf(refs: string[]): string {
  if (refs.length <= 2) return refs.join(' against ')
  return `${refs.slice(0, -1).join(', ')} and ${refs.at(-1)}`
}

function names({ runs }: Comparison): Inline[] {
  return runs.flatMap((run, index): Inline[] => [
    text(`${index === 0 ? '' : ' · '}${LETTERS[index]} `, 'bold'),
    link(run.ref, run.url),
    text(
      `${run.name === null ? '' : ` ${cut(run.name, 40)}`}${run.owner === null ? '' : ` by ${cut(run.owner, 30)}`}${run.status === 'finished' ? '' : `, ${run.status}`}`,
    ),
  ])
}

/** Values side by side; from the second on with the change against the first, better or worse in words. */
function metricRows({ metrics, runs }: Comparison): Cell[][] {
  return metrics.map((metric) => {
    const { name, unit, values } = metric
    const shown = formatValues(values)
    const label = unit === null ? cut(name, 60) : `${cut(name, 60)} (${cut(unit, 12)})`
    const cells = runs.map(({ metrics: own }, index): Cell => {
      if (own[name] === undefined) return { text: 'none' }
      if (values[index] == null) return { text: 'diverged' }
      return { text: valueCell(metric, index, shown[index] ?? ''), bold: isBest(metric, index) }
    })
    return [{ text: label }, ...cells]
  })
}

function valueCell({ values, verdicts }: MetricDifference, index: number, shown: string): string {
  const [base] = values
  const [value, verdict] = [values[index], verdicts[index]]
  if (verdict == null || base == null || value == null || verdict === 'equal') return shown
  return `${shown} (${formatDelta(base, value)}${verdict === 'different' ? '' : `, ${verdict}`})`
}

function isBest({ best }: MetricDifference, index: number): boolean {
  return best.length === 1 && best[0] === index
}

function plainRows({ params, data, code, others }: Comparison): Cell[][] {
  const row = (label: string, { values }: Difference<string>, show: (value: string) => string): Cell[] => [
    { text: cut(label, 60) },
    ...values.map((value) => ({ text: value === null ? 'none' : show(value) })),
  ]
  return [
    ...data.map((one) => row(`data ${one.name}`, one, shortVersion)),
    ...code.map((one) => row(one.name, one, shortVersion)),
    ...params.map((one) => row(one.name, one, (value) => cut(shortNumber(value), 60))),
    ...others.map((one) => row(one.name, one, (value) => cut(value || 'yes', 60))),
  ]
}

function table({ runs }: Comparison, rows: Cell[][]): Block {
  const hidden = rows.length - ROWS
  return {
    type: 'table',
    columns: [
      { title: 'Differs', align: 'left' },
      ...runs.map((_run, index) => ({ title: LETTERS[index] ?? '', align: 'left' as const })),
    ],
    rows: rows.slice(0, ROWS),
    ...(hidden > 0 ? { more: { count: hidden, url: runs[0]?.url ?? '' } } : {}),
  }
}

/** What changed in the code from the first run to each other one. */
function codeLinks({ runs, codeUrls }: Comparison): Block[] {
  const several = new Set(codeUrls.filter((url) => url !== null)).size > 1
  const seen = new Set<string>()
  return codeUrls.flatMap((url, index): Block[] => {
    if (url === null || seen.has(url)) return []
    seen.add(url)
    const which = several || runs.length > 2 ? `, ${LETTERS[0]} to ${LETTERS[index]}` : ''
    return [{ type: 'link', text: `What changed in the code${which}`, url }]
  })
}
