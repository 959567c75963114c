import { comparisonPicture } from '../../domain/pictures/run-pictures.ts'
import { type Comparison, compareRuns, type Difference } from '../../domain/runs/compare-runs.ts'
import { findRun } from '../../domain/runs/find-run.ts'
import type { RunKey, RunView } from '../../domain/runs/types.ts'
import { formatDelta, formatValues, shortNumber } from '../../domain/text/format.ts'
import { about, cut, header, link, message, paragraph, text, withPictures } from '../../messages/build.ts'
import type { Block, Cell, Inline, Message } from '../../messages/model.ts'
import type { Command, CommandOption } from './command.ts'
import { readWords, scopeOf, short } from './parts.ts'

const LETTERS = ['a', 'b', 'c', 'd', 'e']
const ROWS = 25

export const compare: Command = {
  name: 'compare',
  summary: 'What differs between two to five runs',
  usage: 'compare <run> <run> [<run> ...]',
  example: 'compare churn#141 churn#142',
  changes: false,
  options: LETTERS.map((name, index): CommandOption => {
    const option = {
      name,
      description: `Run ${index + 1}: churn#142`,
      kind: 'run' as const,
      as: 'word' as const,
    }
    return index < 2 ? { ...option, required: true } : option
  }),
  run: async (ctx, input) => {
    const query = readWords(ctx, compare, input, { fewest: 2, most: LETTERS.length })
    const keys: RunKey[] = []
    for (const ref of completeRefs(query.words.map(({ text }) => text)))
      keys.push(await findRun(ctx, ref, input.asker.projectId, scopeOf(input.asker)))
    const comparison = await compareRuns(ctx, keys)
    const { runs, params, metrics, data, code, comparable, codeUrl } = comparison
    return {
      message: withPictures(compareMessage(comparison), await comparisonPicture(ctx, inOrder(keys, runs))),
      data: { runs, params, metrics, data, code, comparable, code_url: codeUrl },
    }
  },
}

function inOrder(keys: RunKey[], runs: RunView[]): { key: RunKey; run: RunView }[] {
  return runs.flatMap((run) => {
    const key = keys.find(({ runId }) => runId === run.id)
    return key === undefined ? [] : [{ key, run }]
  })
}

/** `churn#1 #2`: a number alone is of the project that was named before it. */
function completeRefs(words: string[]): string[] {
  let project = ''
  return words.map((word) => {
    const hash = word.lastIndexOf('#')
    if (hash > 0) project = word.slice(0, hash)
    return hash === 0 ? `${project}${word}` : word
  })
}

function compareMessage(comparison: Comparison): Message {
  const { runs, metrics, comparable } = comparison
  const title = runs.map(({ ref }) => ref).join(' against ')
  const blocks: Block[] = [header(cut(title, 140)), { type: 'context', text: names(comparison) }]
  if (!comparable) blocks.push(...dataWarning(comparison.data))
  const rows = [...metricRows(comparison), ...plainRows(comparison)]
  if (rows.length === 0) blocks.push(paragraph('Nothing differs: same params, data, code and metrics.'))
  else blocks.push(table(comparison, rows))
  if (comparison.codeUrl !== null)
    blocks.push({ type: 'link', text: 'What changed in the code', url: comparison.codeUrl })
  const [first] = metrics
  const verdict = first?.verdicts.at(-1)
  const told =
    first === undefined
      ? 'no metric differs'
      : `${first.name} ${formatValues(first.values).join(' against ')}${verdict ? `, ${verdict}` : ''}`
  return about(
    message('compare', `${title}: ${told}`, blocks, comparable ? 'neutral' : 'warning'),
    runs.map(({ id }) => id),
  )
}

function names({ runs }: Comparison): Inline[] {
  return runs.flatMap((run, index): Inline[] => [
    text(`${index === 0 ? '' : ' · '}${LETTERS[index]?.toUpperCase()} `, 'bold'),
    link(run.ref, run.url),
    text(
      `${run.name === null ? '' : ` ${cut(run.name, 40)}`}${run.owner === null ? '' : ` by ${cut(run.owner, 30)}`}`,
    ),
  ])
}

function dataWarning(data: Difference<string>[]): Block[] {
  const lines = data
    .slice(0, 3)
    .map(
      ({ name, values }) =>
        `${cut(name, 60)} ${values.map((value) => (value === null ? 'none' : short(cut(value, 80)))).join(' -> ')}`,
    )
  return [
    paragraph(
      text('These runs are not comparable as they stand: ', 'bold'),
      text(`data differs: ${lines.join('; ')}`),
    ),
  ]
}

/** Values side by side; from the second on with the change against the first, better or worse in words. */
function metricRows({ metrics }: Comparison): Cell[][] {
  return metrics.map(({ name, values, verdicts }) => {
    const shown = formatValues(values)
    const [base] = values
    const cells = values.map((value, index): Cell => {
      if (value === null) return { text: 'none' }
      const verdict = verdicts[index]
      if (verdict == null || base == null || verdict === 'equal') return { text: shown[index] ?? '' }
      const words = verdict === 'different' ? '' : `, ${verdict}`
      return { text: `${shown[index]} (${formatDelta(base, value)}${words})`, bold: verdict === 'better' }
    })
    return [{ text: cut(name, 60) }, ...cells]
  })
}

function plainRows({ params, data, code }: Comparison): Cell[][] {
  const row = (label: string, { values }: Difference<string>, show: (value: string) => string): Cell[] => [
    { text: cut(label, 60) },
    ...values.map((value) => ({ text: value === null ? 'none' : show(value) })),
  ]
  return [
    ...data.map((one) => row(`data ${one.name}`, one, (value) => short(cut(value, 60)))),
    ...(code === null ? [] : [row('commit', code, short)]),
    ...params.map((one) => row(one.name, one, (value) => cut(shortNumber(value), 60))),
  ]
}

function table({ runs }: Comparison, rows: Cell[][]): Block {
  const hidden = rows.length - ROWS
  return {
    type: 'table',
    columns: [
      { title: 'Differs', align: 'left' },
      ...runs.map((_run, index) => ({ title: LETTERS[index]?.toUpperCase() ?? '', align: 'left' as const })),
    ],
    rows: rows.slice(0, ROWS),
    ...(hidden > 0 ? { more: { count: hidden, url: runs[0]?.url ?? '' } } : {}),
  }
}
