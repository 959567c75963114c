import { isMet, type Measure, median, type Part, ratios } from './measure.ts'

const HEAD = ['measure', 'median', 'spread', 'reference', 'ratio', 'goal', 'verdict']

export function terminalTable(measures: Measure[]): string {
  const rows = [HEAD, ...measures.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
  )
  const notes = measures.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]))
  return [...lines, ...notes, ''].join('\n')
}

/** The page bench/README.md. */
export function markdownTable(
  results: { part: Part; measures: Measure[]; seconds: number }[],
  machine: string[],
  minutes: number,
): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`
  const sections = results.map(({ part, measures, seconds }) => {
    const notes = measures.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`]))
    const table = [row(HEAD), row(HEAD.map(() => '---')), ...measures.map((measure) => row(cells(measure)))]
    return [
      `## ${part.name}`,
      '',
      `${part.summary}. This part took ${seconds.toFixed(0)} seconds.`,
      '',
      ...table,
      '',
      ...notes,
      ...(notes.length > 0 ? [''] : []),
    ].join('\n')
  })
  return [
    '# Benchmarks',
    '',
    '`npm run bench` measures on the machine it runs on and writes this page; `npm run bench -- ingest` runs one part and',
    'writes nothing. Every figure is the median of rounds taken in turn with those of its reference, in one run; the',
    'spread is the lowest and the highest round. What a bench writes is read back, and a point that is missing, doubled',
    'or wrong ends it with an error.',
    '',
    ...machine.map((line) => `- ${line}`),
    `- ${minutes.toFixed(0)} minutes in all`,
    '',
    ...sections,
  ].join('\n')
}

function cells(measure: Measure): string[] {
  const { name, unit, rounds, reference, goal } = measure
  const met = isMet(measure)
  const all = ratios(measure)
  return [
    name,
    `${figure(median(rounds))} ${unit}`,
    `${figure(Math.min(...rounds))} to ${figure(Math.max(...rounds))}`,
    reference === undefined ? '' : `${reference.name}: ${figure(median(reference.rounds))}`,
    reference === undefined ? '' : figure(median(all)),
    goal === undefined ? '' : goalText(measure),
    met === undefined ? '' : met ? 'met' : 'missed',
  ]
}

function goalText({ goal, unit }: Measure): string {
  const what = goal?.of === 'ratio' ? 'ratio ' : ''
  const tail = goal?.of === 'ratio' ? '' : ` ${unit}`
  if (goal?.atLeast !== undefined) return `${what}at least ${figure(goal.atLeast)}${tail}`
  return `${what}at most ${figure(goal?.atMost ?? Number.NaN)}${tail}`
}

/** Three digits that mean something. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  return size >= 10 ? value.toFixed(1) : value.toFixed(2)
}
