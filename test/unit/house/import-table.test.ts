import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../../..')

/** What is said instead, by the kind of import that is refused. */
const SAY = {
  domain: 'The database knows no domain',
  jobs: 'Jobs are reached through the outbox',
  bots: 'platforms are reached through bots/transport.ts',
  platform: 'A platform is reached through bots/transport.ts',
  other: 'Platforms do not know each other',
  http: 'Nothing flows back to HTTP',
  cli: 'The command line is a way in',
  app: 'Only main.ts, cli and tests import app.ts',
  slack: 'Only bots/slack speaks to Slack',
  discord: 'Only bots/discord speaks to Discord',
  queue: 'Only src/jobs speaks to the queue',
  fastify: 'Only src/http speaks HTTP',
  queries: 'Queries belong to src/domain',
  messages: 'Messages import nothing but each other',
  model: 'The database stores messages as JSON',
  root: 'Root modules are below every folder',
  drawing: 'Only src/charts draws',
  wired: 'Drawing is wired in app.ts',
  charts: 'Charts know messages alone',
  door: 'Points have one door',
  below: 'Points lie on top of the database',
  points: 'Points know no domain',
  columns: 'Points are stored and read as columns',
  markdown: 'Markdown is read in src/domain/notes alone',
  types: "Root modules know the database's types alone",
} as const

interface Row {
  /** Where the planted files stand. */
  folder: string
  legal: string[]
  /** Paths below src, or names of packages, each with what is said. */
  forbidden: [string, keyof typeof SAY][]
}

const SDKS: Row['forbidden'] = [
  ['@slack/bolt', 'slack'],
  ['@slack/web-api', 'slack'],
  ['discord.js', 'discord'],
]
const QUEUE: Row['forbidden'] = [
  ['bullmq', 'queue'],
  ['ioredis', 'queue'],
]
const HTTP: Row['forbidden'] = [
  ['fastify', 'fastify'],
  ['@fastify/cookie', 'fastify'],
]
const ENTRY: Row['forbidden'] = [
  ['src/cli/serve.ts', 'cli'],
  ['src/app.ts', 'app'],
]
const BEYOND: Row['forbidden'] = [['src/jobs/queues.ts', 'jobs'], ['src/http/server.ts', 'http'], ...ENTRY]
const PLATFORMS: Row['forbidden'] = [
  ['src/bots/slack/render.ts', 'platform'],
  ['src/bots/discord/render.ts', 'platform'],
]
const QUERIES: Row['forbidden'] = [
  ['src/db/client.ts', 'queries'],
  ['src/db/statements.ts', 'queries'],
]
const DB_TYPES = ['src/db/tables.ts', 'src/db/step.ts', 'src/db/transaction.ts', 'src/db/group-commit.ts']
const DRAWING: Row['forbidden'] = [
  ...['chart.js', 'chart.js/auto', '@napi-rs/canvas', 'quickchart-js', 'piscina', 'pngjs'].map(
    (name): [string, 'drawing'] => [name, 'drawing'],
  ),
  ['src/charts/renderer.ts', 'wired'],
]
const MARKDOWN: Row['forbidden'] = [['marked', 'markdown']]
const WORDS_OF_CHARTS = [
  'src/charts/pictures.ts',
  'src/charts/hash.ts',
  'src/charts/size.ts',
  'src/charts/alt-text.ts',
]
const DOOR: Row['forbidden'] = [
  ['src/points/summaries.ts', 'door'],
  ['src/points/packed-points.ts', 'door'],
]
const BOTS: Row['forbidden'] = [
  ...BEYOND,
  ...SDKS,
  ...QUEUE,
  ...HTTP,
  ...PLATFORMS,
  ...QUERIES,
  ...DOOR,
  ...DRAWING,
  ...MARKDOWN,
]

const ROWS: Row[] = [
  {
    folder: 'src/messages',
    legal: ['src/messages/model.ts'],
    forbidden: [
      ...['src/errors.ts', 'src/db/tables.ts', 'src/domain/actor.ts', 'src/bots/transport.ts'],
      ...['src/jobs/catalog.ts', 'src/http/server.ts', 'kysely', 'luxon'],
    ].map((name) => [name, 'messages']),
  },
  {
    folder: 'src/charts',
    legal: [
      'chart.js',
      '@napi-rs/canvas',
      'quickchart-js',
      'piscina',
      'pngjs',
      'src/messages/chart.ts',
      'src/errors.ts',
    ],
    forbidden: [
      ...[
        'src/db/tables.ts',
        'src/domain/actor.ts',
        'src/bots/transport.ts',
        'src/jobs/catalog.ts',
        'src/http/server.ts',
        'src/cli/serve.ts',
        'kysely',
      ].map((name): [string, 'charts'] => [name, 'charts']),
      ['src/app.ts', 'app'],
      ...SDKS,
      ...QUEUE,
      ...HTTP,
    ],
  },
  {
    folder: 'src/db',
    legal: ['kysely', 'pg', 'src/config.ts', 'src/db/step.ts'],
    forbidden: [
      ['src/domain/actor.ts', 'domain'],
      ['src/points/index.ts', 'below'],
      ['src/bots/transport.ts', 'bots'],
      ['src/messages/model.ts', 'model'],
      ...BEYOND,
      ...SDKS,
      ...QUEUE,
      ...HTTP,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/points',
    legal: ['kysely', 'src/errors.ts', 'src/db/statements.ts', 'src/points/summaries.ts'],
    forbidden: [
      ['src/domain/metrics/well-known.ts', 'points'],
      ['src/bots/transport.ts', 'bots'],
      ['src/messages/model.ts', 'columns'],
      ...BEYOND,
      ...SDKS,
      ...QUEUE,
      ...HTTP,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/domain/runs',
    legal: [
      'src/points/index.ts',
      'kysely',
      'marked',
      'src/db/statements.ts',
      'src/messages/build.ts',
      'src/jobs/catalog.ts',
      'src/events.ts',
    ],
    forbidden: [
      ['src/bots/transport.ts', 'bots'],
      ['src/bots/commands/command.ts', 'bots'],
      ...BEYOND,
      ...SDKS,
      ...QUEUE,
      ...HTTP,
      ...DOOR,
      ...DRAWING,
    ],
  },
  {
    folder: 'src/jobs/deliver',
    legal: [
      ...DB_TYPES,
      ...['bullmq', 'ioredis', 'src/domain/actor.ts', 'src/messages/model.ts', 'src/bots/transport.ts'],
    ],
    forbidden: [
      ['src/http/server.ts', 'http'],
      ...ENTRY,
      ...SDKS,
      ...HTTP,
      ...PLATFORMS,
      ...QUERIES,
      ...DOOR,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/bots',
    legal: [
      ...DB_TYPES,
      ...WORDS_OF_CHARTS,
      'src/domain/actor.ts',
      'src/messages/build.ts',
      'src/bots/commands/index.ts',
    ],
    forbidden: BOTS,
  },
  {
    folder: 'src/bots/commands',
    legal: [...DB_TYPES, 'src/domain/actor.ts', 'src/messages/build.ts', 'src/errors.ts'],
    forbidden: BOTS,
  },
  {
    folder: 'src/bots/console',
    legal: ['src/messages/model.ts', 'src/bots/transport.ts', 'src/context.ts'],
    forbidden: BOTS,
  },
  {
    folder: 'src/bots/slack',
    legal: [
      '@slack/bolt',
      '@slack/types',
      'src/messages/model.ts',
      'src/bots/dispatch.ts',
      'src/domain/actor.ts',
    ],
    forbidden: [
      ...BEYOND,
      ['discord.js', 'discord'],
      ['src/bots/discord/render.ts', 'other'],
      ...QUEUE,
      ...HTTP,
      ...QUERIES,
      ...DOOR,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/bots/discord',
    legal: ['discord.js', 'src/messages/model.ts', 'src/bots/dispatch.ts', 'src/domain/actor.ts'],
    forbidden: [
      ...BEYOND,
      ['@slack/bolt', 'slack'],
      ['src/bots/slack/render.ts', 'other'],
      ...QUEUE,
      ...HTTP,
      ...QUERIES,
      ...DOOR,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/http/api',
    legal: [...DB_TYPES, 'fastify', 'src/domain/actor.ts', 'src/messages/model.ts', 'src/bots/dispatch.ts'],
    forbidden: [
      ['src/jobs/queues.ts', 'jobs'],
      ...ENTRY,
      ...SDKS,
      ...QUEUE,
      ...PLATFORMS,
      ...QUERIES,
      ...DOOR,
      ...DRAWING,
      ...MARKDOWN,
    ],
  },
  {
    folder: 'src/cli',
    legal: [
      'src/app.ts',
      'src/config.ts',
      'src/domain/actor.ts',
      'src/db/migrate.ts',
      'src/bots/slack/manifest.ts',
    ],
    forbidden: [...SDKS, ...HTTP, ...DOOR, ...DRAWING, ...MARKDOWN],
  },
]

const folder = mkdtempSync(path.join(os.tmpdir(), 'import-table-'))
/** What the linter said, by file. */
const said = new Map<string, string[]>()

beforeAll(() => {
  copyFileSync(path.join(ROOT, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'))
  for (const row of ROWS) {
    const imports = [...row.legal, ...row.forbidden.map(([name]) => name)]
    for (const name of imports) plant(fileOf(row, name), specifier(row, name))
  }
  plant('src/errors.ts', './domain/actor.ts')
  plant('src/clock.ts', './db/client.ts')
  plant('src/logger.ts', './app.ts')
  plant('src/events.ts', './db/tables.ts')
  lint()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const row of ROWS) {
  test(`${row.folder} may import what the table allows`, () => {
    expect(row.legal.flatMap((name) => said.get(fileOf(row, name)) ?? [])).toEqual([])
  })
  test.each(row.forbidden)(`${row.folder} may not import %s`, (name, kind) => {
    expect(said.get(fileOf(row, name))).toEqual([expect.stringContaining(SAY[kind])])
  })
}

test('root modules stand below every folder', () => {
  expect(said.get('src/errors.ts')).toEqual([expect.stringContaining(SAY.root)])
  expect(said.get('src/clock.ts')).toEqual([expect.stringContaining(SAY.types)])
  expect(said.get('src/logger.ts')).toEqual([expect.stringContaining(SAY.app)])
  expect(said.get('src/events.ts')).toBeUndefined()
})

function fileOf(row: Row, name: string): string {
  return `${row.folder}/plant-${name.replaceAll(/[^a-z]+/gi, '-')}.ts`
}

/** As a file of the row's folder would write it. */
function specifier(row: Row, name: string): string {
  if (!name.startsWith('src/')) return name
  const inside = path.posix.relative(row.folder, name)
  return inside.startsWith('..') ? inside : `./${inside}`
}

/** A type-only import follows the same table, so both forms are planted. */
function plant(file: string, from: string): void {
  const target = path.join(folder, file)
  mkdirSync(path.dirname(target), { recursive: true })
  const kind = from.length % 2 === 0 ? 'import type' : 'import'
  writeFileSync(target, `${kind} { thing } from '${from}'\nexport type Kept = typeof thing\n`)
}

function lint(): void {
  const oxlint = path.join(ROOT, 'node_modules/.bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string; message: string; help?: string }[]
  }
  for (const { code, filename, message, help } of diagnostics) {
    if (!code.includes('no-restricted-imports')) continue
    said.set(filename, [...(said.get(filename) ?? []), `${message} ${help ?? ''}`])
  }
}
