import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(path.join(os.tmpdir(), 'expediter-imports-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
copyFileSync('.oxlintrc.json', path.join(folder, '.oxlintrc.json'))

/** What each folder must not import, and what it may: the table of ARCHITECTURE.md. */
const FORBIDDEN: Record<string, string[]> = {
  'src/messages/x.ts': ['../db/tables.ts', '../domain/actor.ts', '../errors.ts', 'kysely', '@slack/web-api'],
  'src/db/x.ts': [
    '../domain/actor.ts',
    '../jobs/catalog.ts',
    '../bots/transport.ts',
    '../http/server.ts',
    '../messages/model.ts',
    '../app.ts',
    'bullmq',
    'fastify',
  ],
  'src/domain/runs/x.ts': [
    'bullmq',
    'ioredis',
    'fastify',
    '@slack/bolt',
    'discord.js',
    '../../bots/transport.ts',
    '../../http/server.ts',
    '../../cli/index.ts',
    '../../jobs/queues.ts',
    '../../app.ts',
  ],
  'src/jobs/x.ts': [
    '../http/server.ts',
    '../bots/slack/render.ts',
    '../bots/discord/render.ts',
    '../cli/index.ts',
    'fastify',
    '@slack/web-api',
    'discord.js',
    '../app.ts',
  ],
  'src/bots/x.ts': [
    '@slack/bolt',
    'discord.js',
    './slack/render.ts',
    './discord/render.ts',
    '../jobs/queues.ts',
    '../http/server.ts',
    '../db/client.ts',
    'bullmq',
    'fastify',
  ],
  'src/bots/commands/x.ts': [
    '@slack/bolt',
    'discord.js',
    '../slack/render.ts',
    '../../jobs/queues.ts',
    '../../http/server.ts',
    '../../db/client.ts',
    'bullmq',
    'fastify',
  ],
  'src/bots/slack/x.ts': [
    'discord.js',
    '../discord/render.ts',
    '../../jobs/queues.ts',
    '../../http/server.ts',
    '../../db/client.ts',
    'bullmq',
    'fastify',
  ],
  'src/bots/discord/x.ts': [
    '@slack/bolt',
    '../slack/render.ts',
    '../../jobs/queues.ts',
    '../../http/server.ts',
    '../../db/client.ts',
    'bullmq',
    'fastify',
  ],
  'src/bots/console/x.ts': [
    '@slack/bolt',
    'discord.js',
    '../slack/render.ts',
    '../../jobs/queues.ts',
    '../../http/server.ts',
    '../../db/client.ts',
  ],
  'src/http/x.ts': [
    'bullmq',
    'ioredis',
    '@slack/bolt',
    'discord.js',
    '../jobs/queues.ts',
    '../bots/slack/render.ts',
    '../bots/discord/render.ts',
    '../cli/index.ts',
    '../app.ts',
  ],
  'src/cli/x.ts': ['fastify', '@slack/bolt', 'discord.js'],
}

const ALLOWED: Record<string, string[]> = {
  'src/messages/y.ts': ['./model.ts'],
  'src/db/y.ts': ['kysely', 'pg', '../config.ts', './tables.ts'],
  'src/domain/runs/y.ts': [
    'kysely',
    '../../db/tables.ts',
    '../../messages/build.ts',
    '../../events.ts',
    '../metrics/compare.ts',
  ],
  'src/jobs/y.ts': [
    'bullmq',
    'ioredis',
    '../domain/actor.ts',
    '../messages/model.ts',
    '../bots/transport.ts',
  ],
  'src/bots/y.ts': [
    '../domain/actor.ts',
    '../messages/model.ts',
    './commands/index.ts',
    '../db/transaction.ts',
  ],
  'src/bots/commands/y.ts': ['../../domain/actor.ts', '../../messages/model.ts', '../../db/tables.ts'],
  'src/bots/slack/y.ts': [
    '@slack/bolt',
    '../../messages/model.ts',
    '../dispatch.ts',
    '../../domain/actor.ts',
  ],
  'src/bots/discord/y.ts': [
    'discord.js',
    '../../messages/model.ts',
    '../dispatch.ts',
    '../../domain/actor.ts',
  ],
  'src/http/y.ts': ['fastify', '../domain/actor.ts', '../messages/model.ts', '../bots/dispatch.ts'],
  'src/cli/y.ts': ['../app.ts', '../config.ts', '../domain/actor.ts'],
}

function plant(files: Record<string, string[]>): void {
  for (const [file, sources] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    const lines = sources.map((source, index) => `import * as m${index} from '${source}'`)
    writeFileSync(
      path.join(folder, file),
      `${lines.join('\n')}\nexport const used = [${sources.map((_source, index) => `m${index}`).join(', ')}]\n`,
    )
  }
}

interface Finding {
  filename: string
  code: string
  help?: string
  message: string
  labels: { span: { line: number } }[]
}

function lint(): Finding[] {
  const oxlint = path.resolve('node_modules/.bin/oxlint')
  const { stdout } = spawnSync(oxlint, ['-f', 'json', '.'], { cwd: folder, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] }
  return diagnostics.filter(({ code }) => code.includes('no-restricted-imports'))
}

plant(FORBIDDEN)
plant(ALLOWED)
const findings = lint()

describe('the import table', () => {
  const cells = Object.entries(FORBIDDEN).flatMap(([file, sources]) =>
    sources.map((source, index) => ({ file, source, line: index + 1 })),
  )
  it.each(cells)('$file must not import $source, and is told what to do instead', ({ file, line }) => {
    const found = findings.find(
      ({ filename, labels }) => filename.endsWith(file) && labels[0]?.span.line === line,
    )
    expect(found).toBeDefined()
    expect(`${found?.message} ${found?.help}`).toMatch(/[.:] ?\w.{10,}/)
  })

  it.each(Object.keys(ALLOWED))('%s may import what its row allows', (file) => {
    expect(findings.filter(({ filename }) => filename.endsWith(file))).toEqual([])
  })
})
