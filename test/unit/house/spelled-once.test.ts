import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const SRC = path.resolve(import.meta.dirname, '../../../src')

/** What is spelled in one place only, and where a look-alike means something else. */
const ONCE: { spelling: RegExp; places: string[]; instead: string; example: string }[] = [
  {
    spelling: /\}#\$\{|\|\| '#' \|\|/,
    // Discord: the fragment of a URL.
    places: ['domain/values/ref.ts', 'bots/discord/render.ts'],
    instead: 'refOf() or refSql of domain/values/ref.ts',
    example: ['`', '{project}#', '{number}`'].join('$'),
  },
  {
    spelling: /'(higher|lower) is better'/,
    places: ['domain/values/better.ts'],
    instead: 'betterWords() of domain/values/better.ts',
    example: "const words = 'higher is better'",
  },
  {
    spelling: /=== '(max|min)' \?/,
    // The other direction, the side of a step in a chart, and charts, which know no domain.
    places: [
      'domain/values/better.ts',
      'domain/values/better-sql.ts',
      'bots/commands/goal.ts',
      'domain/pictures/front-picture.ts',
      'charts/alt-text.ts',
    ],
    instead: 'isBetter(), bestValue() and goodness() of domain/values/better.ts, or better-sql.ts',
    example: "direction === 'max' ? a > b : a < b",
  },
  {
    spelling: /aggregate(\b.*)? ===? 'best'|case when \S*last_stepped/,
    places: ['domain/values/run-value.ts', 'domain/values/run-value-sql.ts'],
    instead: 'chosenValue() of domain/values/run-value.ts, or columnSql() and stepSql() of run-value-sql.ts',
    example: "const kind = metric.aggregate === 'best' ? direction : aggregate",
  },
]

function found(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const once = ONCE.find(({ spelling, places }) => spelling.test(line) && !places.includes(file))
    return once === undefined ? [] : [`${file}:${index + 1} ${line.trim()}: use ${once.instead}`]
  })
}

it('finds each spelling', () => {
  for (const { example, places } of ONCE) {
    expect(found('domain/runs/planted.ts', example), example).toHaveLength(1)
    expect(found(places[0] ?? '', example)).toEqual([])
  }
})

it('a run’s reference, its value of a metric and which value is better are spelled once', () => {
  const files = globSync('**/*.ts', { cwd: SRC }).map((file) => file.replaceAll(path.sep, '/'))
  expect(files.flatMap((file) => found(file, readFileSync(path.join(SRC, file), 'utf8')))).toEqual([])
})
