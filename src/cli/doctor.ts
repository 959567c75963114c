import pg from 'pg'
import type { Config } from '../config.ts'
import { findPooler, READ_ONLY, READ_ONLY_COLUMN } from '../db/check-server.ts'
import { createDb, createPool } from '../db/client.ts'
import { createMigrator } from '../db/migrate.ts'
import type { Platform } from '../db/tables.ts'
import { type PostedChannel, postedChannels } from '../domain/channels/posted-channels.ts'
import { messageOf } from '../errors.ts'
import { checkAdmins } from './check-admins.ts'
import { checkDiscord } from './check-discord.ts'
import { checkQueue } from './check-queue.ts'
import { checkSlack } from './check-slack.ts'
import type { CliCommand } from './command.ts'
import { withContext, withDatabase } from './database.ts'
import type { Finding } from './finding.ts'

const OLDEST_POSTGRES = 13
const CALL_LIMIT_MS = 10_000

export const doctor: CliCommand = {
  run: async ({ config: read, out }) => {
    const config = read()
    const findings = [
      ...(await checkDatabase(config)),
      await checkQueue(config.redis),
      ...(await checkSlack(config, await channelsOf(config, 'slack'))),
      ...(await checkDiscord(config.discord, await channelsOf(config, 'discord'))),
    ]
    for (const { name, ok, detail, fix } of findings) {
      out(`${ok ? 'ok     ' : 'PROBLEM'}  ${name.padEnd(9)} ${detail}`)
      if (fix !== undefined) out(`                   -> ${fix}`)
    }
    return findings.every(({ ok }) => ok) ? 0 : 1
  },
}

/** Where a platform is posted to; a database that does not answer has a finding of its own. */
async function channelsOf(
  config: Config,
  platform: Extract<Platform, keyof Config>,
): Promise<PostedChannel[]> {
  if (config[platform] === undefined) return []
  return await withContext(config, (ctx) => postedChannels(ctx, platform)).catch(() => [])
}

async function checkDatabase(config: Config): Promise<Finding[]> {
  try {
    return await withDatabase(config, async (url) => {
      const found = [
        await checkServer(url, config),
        ...(await checkPooler(config)),
        await checkMigrations(url),
      ]
      return found.every(({ ok }) => ok) ? [...found, await checkAdmins(url)] : found
    })
  } catch (error) {
    const fix =
      config.databaseUrl === undefined
        ? 'Look at postgres.log in the data folder.'
        : 'Start the server, or correct DATABASE_URL.'
    return [{ name: 'Database', ok: false, detail: messageOf(error), fix }]
  }
}

/** The embedded server has no pooler before it. */
async function checkPooler({ databaseUrl }: Config): Promise<Finding[]> {
  const problem = databaseUrl === undefined ? undefined : await findPooler(databaseUrl)
  return problem === undefined ? [] : [{ name: 'Pooler', ok: false, ...problem }]
}

interface ServerRow {
  version: string
  major: number
  /** Whether the queue's schema is there or may be made. */
  schema: boolean
  read_only: boolean
}

async function checkServer(url: string, config: Config): Promise<Finding> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CALL_LIMIT_MS })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select ${READ_ONLY_COLUMN}, current_setting('server_version') as version,
      current_setting('server_version_num')::int / 10000 as major,
      to_regnamespace($1) is not null or has_database_privilege(current_database(), 'create') as schema`,
      [config.queue.schema],
    )
    const { version, major, schema, read_only } = rows[0] as ServerRow
    const name = 'Database'
    if (major < OLDEST_POSTGRES)
      return {
        name,
        ok: false,
        detail: `PostgreSQL ${version}`,
        fix: `PostgreSQL ${OLDEST_POSTGRES} or newer is needed.`,
      }
    if (read_only) return { name, ok: false, ...READ_ONLY }
    if (!schema && config.redis === undefined) {
      return {
        name,
        ok: false,
        detail: `this user may not create the schema ${config.queue.schema}`,
        fix: 'grant create on database ... to the user, or set REDIS_URL.',
      }
    }
    return {
      name,
      ok: true,
      detail: `PostgreSQL ${version}${config.databaseUrl === undefined ? ', embedded' : ''}`,
    }
  } finally {
    await client.end()
  }
}

async function checkMigrations(url: string): Promise<Finding> {
  const db = createDb(createPool({ url, max: 1, onError: () => {} }))
  try {
    const pending = (await (await createMigrator(db)).getMigrations()).filter(
      ({ executedAt }) => executedAt === undefined,
    )
    if (pending.length === 0) return { name: 'Schema', ok: true, detail: 'up to date' }
    return {
      name: 'Schema',
      ok: false,
      detail: `${pending.length} migrations are pending`,
      fix: 'npm run expediter -- migrate (npm start does it too)',
    }
  } finally {
    await db.destroy()
  }
}
