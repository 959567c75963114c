import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DOORS, PARTS, type PartName, type Row, ROWS } from '../../../tools/import-table.ts'
import { importTableFiles } from '../../../tools/write-import-table.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

/** Files and packages that are planted for a part; the rest are planted as `<part>/planted.ts` or by their name. */
const SAMPLES: Partial<Record<PartName, string[]>> = {
  'app.ts': ['src/app.ts', 'src/app/serve.ts'],
  bots: ['src/bots/transport.ts', 'src/bots/commands/command.ts'],
  'other protocols': ['src/http/protocols/another/routes.ts'],
  'the SDK of Slack': ['@slack/bolt', '@slack/web-api'],
  fastify: ['fastify', '@fastify/cookie'],
  'drawing libraries': [...PARTS['drawing libraries'].packages, 'chart.js/auto'],
}

/** Where a file of the row stands. */
const FILES: Record<string, string> = {
  [ROWS[0]?.files ?? '']: 'src/errors.ts',
  domain: 'src/domain/runs/planting.ts',
  jobs: 'src/jobs/deliver/planting.ts',
  'bots/*.ts': 'src/bots/planting.ts',
  http: 'src/http/api/planting.ts',
  'http/protocols/*': 'src/http/protocols/one/planting.ts',
}

interface Cell {
  importer: string
  imported: string
  /** Undefined: the import is allowed. */
  instead: string | undefined
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'import-table-'))
/** What the linter said, by file and imported name. */
const said = new Map<string, string>()
const CELLS = ROWS.flatMap(cellsOf)

beforeAll(() => {
  for (const name of ['.oxlintrc.json', '.oxlint-imports.json']) {
    copyFileSync(path.join(ROOT, name), path.join(folder, name))
  }
  for (const importer of new Set([...CELLS, ...WRITTEN].map((cell) => cell.importer))) {
    plant(importer, [
      ...new Set(
        [...CELLS, ...WRITTEN].filter((cell) => cell.importer === importer).map((cell) => cell.imported),
      ),
    ])
  }
  lint()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the linter and ARCHITECTURE.md are in step with the table (npm run imports)', () => {
  for (const [name, text] of Object.entries(importTableFiles())) {
    expect(readFileSync(path.join(ROOT, name), 'utf8'), name).toBe(text)
  }
})

test.each(ROWS.map((row) => row.files))(
  '%s may import what the table allows and nothing that it forbids',
  (files) => {
    const cells = CELLS.filter((cell) => cell.importer === fileOf(files))
    expect(cells.map((cell) => ({ ...cell, instead: saidOf(cell) }))).toEqual(
      cells.map((cell) => ({ ...cell, instead: cell.instead && expect.stringContaining(cell.instead) })),
    )
  },
)

/** Written by hand, so that a table that allows everything is seen. */
const WRITTEN: Cell[] = [
  ['src/db/client.ts', 'src/domain/actor.ts', 'domain is above'],
  ['src/domain/runs/start.ts', 'bullmq', 'Only src/jobs speaks to the queue'],
  ['src/domain/runs/start.ts', 'src/jobs/catalog.ts', undefined],
  ['src/domain/runs/start.ts', 'src/jobs/queues.ts', 'through the outbox'],
  ['src/domain/runs/start.ts', 'src/points/chunks.ts', 'points/index.ts'],
  ['src/domain/runs/start.ts', 'src/points/index.ts', undefined],
  ['src/domain/ingest/writers.ts', 'fastify', 'Only src/http speaks HTTP'],
  ['src/jobs/relay.ts', 'src/bots/slack/render.ts', 'through bots/transport.ts'],
  ['src/bots/slack/render.ts', '@slack/bolt', undefined],
  ['src/bots/slack/render.ts', 'src/bots/discord/render.ts', 'what two share'],
  ['src/bots/commands/best.ts', 'src/db/client.ts', 'Queries belong to src/domain'],
  ['src/bots/commands/best.ts', 'src/db/tables.ts', undefined],
  ['src/http/protocols/native/routes.ts', 'src/http/protocols/protocol.ts', undefined],
  ['src/http/protocols/native/routes.ts', 'src/http/protocols/mlflow/routes.ts', 'do not know each other'],
  ['src/messages/build.ts', 'src/errors.ts', 'nothing but each other'],
  ['src/logger.ts', 'src/db/client.ts', 'Queries belong'],
  ['src/cli/serve.ts', 'src/app.ts', undefined],
].map(([importer = '', imported = '', instead]) => ({ importer, imported, instead }))

test.each(WRITTEN)('$importer and $imported', (cell) => {
  if (cell.instead) expect(saidOf(cell)).toContain(cell.instead)
  else expect(saidOf(cell)).toBeUndefined()
})

function cellsOf(row: Row): Cell[] {
  const importer = fileOf(row.files)
  if (row.alone) {
    return ['src/errors.ts', 'src/db/tables.ts', 'src/domain/actor.ts', 'kysely', 'luxon'].map(
      (imported) => ({
        importer,
        imported,
        instead: row.alone,
      }),
    )
  }
  const parts = (Object.keys(PARTS) as PartName[]).filter((name) => !isOfRow(row, name))
  return [
    ...parts.flatMap((name) =>
      samplesOf(name).map((imported) => ({ importer, imported, instead: refusal(row, name) })),
    ),
    ...Object.entries(row.but ?? {}).flatMap(([name, files]) =>
      files.map((file) => ({ importer, imported: `src/${name}/${file}`, instead: undefined })),
    ),
    ...Object.entries(DOORS)
      .filter(([name]) => name !== row.files && !row.never.includes(name as PartName))
      .flatMap(([name, { door }]) =>
        door.map((file) => ({ importer, imported: `src/${name}/${file}`, instead: undefined })),
      ),
    ...(row.files === 'charts'
      ? []
      : [{ importer, imported: 'src/charts/draw.ts', instead: DOORS.charts?.instead }]),
  ]
}

/** A folder imports itself, and a protocol has others beside it only in its own folder. */
function isOfRow(row: Row, name: PartName): boolean {
  if (name === 'other protocols') return row.files !== 'http/protocols/*'
  return row.files.split('/').includes(name) || row.files === name
}

function samplesOf(name: PartName): string[] {
  const part: { path?: string; packages?: string[] } = PARTS[name]
  return SAMPLES[name] ?? part.packages ?? [`src/${name}/planted.ts`]
}

/** Part of a part: the platforms lie in bots, and protocols in http. */
function refusal(row: Row, name: PartName): string | undefined {
  if (row.never.includes(name)) return PARTS[name].instead
  if (name.startsWith('bots/') && row.never.includes('bots')) return PARTS.bots.instead
  return DOORS[name]?.instead
}

function fileOf(files: string): string {
  return FILES[files] ?? `src/${files}/planting.ts`
}

function saidOf({ importer, imported }: Cell): string | undefined {
  return said.get(`${importer} ${specifier(importer, imported)}`)
}

/** As the importing file would write it. */
function specifier(importer: string, imported: string): string {
  if (!imported.startsWith('src/')) return imported
  const relative = path.posix.relative(path.posix.dirname(importer), imported)
  return relative.startsWith('.') ? relative : `./${relative}`
}

/** A type-only import follows the same table, so every second one is one. */
function plant(importer: string, imported: string[]): void {
  const target = path.join(folder, importer)
  mkdirSync(path.dirname(target), { recursive: true })
  const lines = imported.map((name, index) => {
    const kind = index % 2 === 0 ? 'import type' : 'import'
    return `${kind} { thing as thing${index} } from '${specifier(importer, name)}'\nexport type Kept${index} = typeof thing${index}\n`
  })
  writeFileSync(target, lines.join(''))
}

function lint(): void {
  const oxlint = path.join(ROOT, 'node_modules/.bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  })
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string; message: string; help?: string }[]
  }
  for (const { code, filename, message, help } of diagnostics) {
    if (!code.includes('no-restricted-imports')) continue
    const text = `${message} ${help ?? ''}`
    said.set(`${filename} ${/'(.*?)' import is restricted/.exec(text)?.[1]}`, text)
  }
}
