/** Who may import what: `npm run imports` writes the linter's rules and the table in ARCHITECTURE.md from this file. */

/** What some folders must not import (a path below src, or beside the folder with ^; or packages) and what to do instead. */
// biome-ignore format: a table, one line each
export const PARTS = {
  'app.ts': { path: 'app(\\.ts$|/)', instead: 'Only main.ts, cli and tests import app.ts: take a Ctx instead.' },
  cli: { path: 'cli/', instead: 'The command line is a way in: put what both need into src/domain.' },
  http: { path: 'http/', instead: 'Nothing flows back to HTTP: put what both need into src/domain.' },
  jobs: { path: 'jobs/', instead: 'Jobs are reached through the outbox: emit() from events.ts.' },
  bots: { path: 'bots/', instead: 'Messages are built in src/messages and delivered by src/jobs; platforms are reached through bots/transport.ts.' },
  'bots/slack': { path: 'slack/', instead: 'A platform is reached through bots/transport.ts; what two share stands in src/bots.' },
  'bots/discord': { path: 'discord/', instead: 'A platform is reached through bots/transport.ts; what two share stands in src/bots.' },
  'other protocols': { path: '^\\.\\./[^./]+/', instead: 'Protocols do not know each other: share it in src/http/protocols.' },
  domain: { path: 'domain/', instead: 'The domain is above this folder: pass the value as an argument.' },
  points: { path: 'points/', instead: 'Points are above this folder: pass the values as an argument.' },
  messages: { path: 'messages/', instead: 'Messages are stored as JSON: this folder needs no model of them.' },
  db: { path: 'db/', instead: 'Queries belong to src/domain: call a verb there (types, steps, transaction() and createGroupCommit() may be imported).' },
  'the SDK of Slack': { packages: ['@slack'], instead: 'Only bots/slack speaks to Slack: go through bots/transport.ts or bots/dispatch.ts.' },
  'the SDK of Discord': { packages: ['discord.js'], instead: 'Only bots/discord speaks to Discord: go through bots/transport.ts or bots/dispatch.ts.' },
  'bullmq, ioredis': { packages: ['bullmq', 'ioredis'], instead: 'Only src/jobs speaks to the queue: write an event with emit() from events.ts.' },
  fastify: { packages: ['fastify', '@fastify'], instead: 'Only src/http speaks HTTP: keep the verb in src/domain and call it from a route.' },
  'kysely, pg': { packages: ['kysely', 'pg'], instead: "Charts know messages alone: put what is drawn into the chart's data." },
  'drawing libraries': { packages: ['chart.js', '@napi-rs/canvas', 'quickchart-js', 'piscina', 'pngjs'], instead: 'Only src/charts draws: put a chart block into the message.' },
  marked: { packages: ['marked'], instead: 'Markdown is read in src/domain/notes alone: take noteBody() or noteLine() from markdown.ts.' },
} satisfies Record<string, { path?: string; packages?: string[]; instead: string }>

export type PartName = keyof typeof PARTS

/** Folders with doors: every other folder imports these of their files only. */
// biome-ignore format: a table, one line each
export const DOORS: Record<string, { door: string[]; instead: string }> = {
  charts: { door: ['pictures.ts', 'hash.ts', 'size.ts', 'alt-text.ts'], instead: 'Drawing is wired in app.ts: take Pictures from charts/pictures.ts (hashes, sizes and words of charts may be imported).' },
  points: { door: ['index.ts'], instead: 'Points have one door: import points/index.ts.' },
}

/** A folder below src, or a glob of files; of rows that hold the same file the last one counts. */
export interface Row {
  files: string
  holds: string
  may: string
  never: PartName[]
  /** Files of a part that may be imported all the same. */
  but?: Partial<Record<PartName, string[]>>
  /** For a folder that imports nothing but its own files: what is said. */
  alone?: string
}

const SDKS: PartName[] = ['the SDK of Slack', 'the SDK of Discord']
const EDGE: PartName[] = ['bots', 'http', 'cli', 'app.ts']
const LIBRARIES: PartName[] = [...SDKS, 'bullmq, ioredis', 'fastify', 'drawing libraries']
const DB_TYPES = ['tables.ts', 'step.ts']
const DB_DOORS = [...DB_TYPES, 'transaction.ts', 'group-commit.ts']
const BOTS: PartName[] = [
  'bots/slack',
  'bots/discord',
  'db',
  'jobs',
  'http',
  'cli',
  'app.ts',
  ...LIBRARIES,
  'marked',
]
const HTTP = without(BOTS, 'http', 'fastify')

// biome-ignore format: a table, a few lines each
export const ROWS: Row[] = [
  { files: '{clock,config,context,errors,events,logger}.ts', holds: 'what every folder may know', may: 'each other, `db/tables`, `db/step`',
    never: ['domain', 'points', 'jobs', 'messages', 'db', ...EDGE], but: { db: DB_TYPES } },
  { files: 'messages', holds: 'the message as data, charts as data, builders, literal text', may: 'each other',
    never: [], alone: 'Messages import nothing but each other: pass the value in.' },
  { files: 'charts', holds: "a chart's data to a PNG: chart.js on a canvas in worker threads, or a QuickChart server", may: 'messages, root modules, drawing libraries',
    never: ['db', 'points', 'domain', 'jobs', ...EDGE, ...SDKS, 'bullmq, ioredis', 'fastify', 'kysely, pg'] },
  { files: 'db', holds: 'client, embedded server, migrate, tables, transaction, steps', may: 'kysely, pg, root modules',
    never: ['points', 'domain', 'jobs', 'messages', ...EDGE, ...LIBRARIES, 'marked'] },
  { files: 'points', holds: 'how points and summaries of metrics are stored; its door is `index`', may: 'db, root modules',
    never: ['domain', 'jobs', 'messages', ...EDGE, ...LIBRARIES, 'marked'] },
  { files: 'domain', holds: 'one verb per file: runs, metrics, records, alerts, reports, channels, schedules, access', may: 'points, db, messages, `jobs/catalog`, root modules',
    never: ['jobs', ...EDGE, ...LIBRARIES], but: { jobs: ['catalog.ts'] } },
  { files: 'domain/ingest', holds: 'the writers of every protocol: start, change, log', may: 'as domain',
    never: ['jobs', 'messages', ...EDGE, ...LIBRARIES, 'marked'] },
  { files: 'jobs', holds: 'catalog, queues on both backends, relay, handlers, delivery', may: 'domain, messages, `bots/transport`, `bots/console`, bullmq, ioredis',
    never: ['bots/slack', 'bots/discord', 'db', 'http', 'cli', 'app.ts', ...without(LIBRARIES, 'bullmq, ioredis'), 'marked'], but: { db: DB_DOORS } },
  { files: 'bots/*.ts', holds: 'dispatch, press, complete, transport: what platforms share', may: 'domain, messages, commands',
    never: BOTS, but: { db: DB_DOORS } },
  { files: 'bots/commands', holds: 'one file per command, platform-neutral', may: 'domain, messages',
    never: BOTS, but: { db: DB_DOORS } },
  { files: 'bots/console', holds: 'receive, render, deliver for the page', may: '`bots/*.ts`, domain, messages',
    never: BOTS, but: { db: DB_DOORS } },
  { files: 'bots/slack', holds: 'receive, render, deliver for Slack', may: 'its SDK, `bots/*.ts`, domain, messages',
    never: without(BOTS, 'bots/slack', 'the SDK of Slack'), but: { db: DB_DOORS } },
  { files: 'bots/discord', holds: 'receive, render, deliver for Discord', may: 'its SDK, `bots/*.ts`, domain, messages',
    never: without(BOTS, 'bots/discord', 'the SDK of Discord'), but: { db: DB_DOORS } },
  { files: 'http', holds: 'server, auth, api, web', may: 'fastify, `bots/*.ts`, domain, messages',
    never: HTTP, but: { db: DB_DOORS } },
  { files: 'http/protocols/*', holds: 'a protocol: routes, schemas, translation, errors', may: 'as http',
    never: [...HTTP, 'other protocols'], but: { db: DB_DOORS } },
  { files: 'cli', holds: 'one file per command of the command line', may: 'domain, messages, config, db, `bots/slack/manifest`, `bots/*/inspect`, app.ts',
    never: without([...LIBRARIES, 'marked'], 'bullmq, ioredis') },
]

function without(parts: PartName[], ...names: PartName[]): PartName[] {
  return parts.filter((part) => !names.includes(part))
}
