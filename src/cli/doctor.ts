import pg from 'pg'
import { SCOPES } from '../bots/slack/manifest.ts'
import type { Config } from '../config.ts'
import { createDb, createPool } from '../db/client.ts'
import { createMigrator } from '../db/migrate.ts'
import { type PostedChannel, postedChannels } from '../domain/channels/posted-channels.ts'
import { messageOf } from '../errors.ts'
import { checkAdmins } from './check-admins.ts'
import { checkDiscord } from './check-discord.ts'
import { checkQueue } from './check-queue.ts'
import type { CliCommand } from './command.ts'
import { withContext, withDatabase } from './database.ts'
import type { Finding } from './finding.ts'

const OLDEST_POSTGRES = 13
const CALL_MS = 10_000
/** Slack refuses signatures that are more than five minutes off. */
const LARGEST_SKEW_MS = 120_000

export const doctor: CliCommand = {
  name: 'doctor',
  usage: 'doctor',
  summary: 'check database, queue and chat tokens, each with the next step',
  run: async ({ config: read, out }) => {
    const config = read()
    const findings = [
      ...(await checkDatabase(config)),
      await checkQueue(config.redis),
      ...(await checkSlack(config)),
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
async function channelsOf(config: Config, platform: 'slack' | 'discord'): Promise<PostedChannel[]> {
  if (config[platform] === undefined) return []
  return await withContext(config, (ctx) => postedChannels(ctx, platform)).catch(() => [])
}

async function checkDatabase(config: Config): Promise<Finding[]> {
  try {
    return await withDatabase(config, async (url) => {
      const found = [await checkServer(url, config), await checkMigrations(url)]
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

async function checkServer(url: string, config: Config): Promise<Finding> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CALL_MS })
  await client.connect()
  try {
    const { rows } = await client.query(`select current_setting('server_version') as version,
      current_setting('server_version_num')::int / 10000 as major,
      to_regnamespace('bullmq') is not null or has_database_privilege(current_database(), 'create') as schema`)
    const { version, major, schema } = rows[0] as { version: string; major: number; schema: boolean }
    const name = 'Database'
    if (major < OLDEST_POSTGRES)
      return {
        name,
        ok: false,
        detail: `PostgreSQL ${version}`,
        fix: `PostgreSQL ${OLDEST_POSTGRES} or newer is needed.`,
      }
    if (!schema && config.redis === undefined) {
      return {
        name,
        ok: false,
        detail: 'this user may not create the schema bullmq',
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
    const pending = (await createMigrator(db).getMigrations()).filter(
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

async function checkSlack({ slack }: Config): Promise<Finding[]> {
  const name = 'Slack'
  if (slack === undefined) return [{ name, ok: true, detail: 'off: SLACK_BOT_TOKEN is not set' }]
  const call = async (method: string, token: string) => {
    const answer = await fetch(`${slack.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(CALL_MS),
    })
    return { answer, body: (await answer.json()) as { ok: boolean; error?: string; team?: string } }
  }
  try {
    const { answer, body } = await call('auth.test', slack.botToken)
    if (!body.ok)
      return [
        {
          name,
          ok: false,
          detail: `auth.test: ${body.error}`,
          fix: 'Copy the Bot User OAuth Token of the app into SLACK_BOT_TOKEN.',
        },
      ]
    const granted = (answer.headers.get('x-oauth-scopes') ?? '').split(',').map((scope) => scope.trim())
    const missing =
      granted.join('') === '' ? [] : Object.keys(SCOPES).filter((scope) => !granted.includes(scope))
    const findings: Finding[] = [
      missing.length === 0
        ? { name, ok: true, detail: `connected to ${body.team ?? 'a workspace'}` }
        : {
            name,
            ok: false,
            detail: `scopes missing: ${missing.join(', ')}`,
            fix: 'Update the app from npm run expediter -- manifest slack, then reinstall it.',
          },
      ...clockOf(name, answer),
    ]
    if (slack.appToken !== undefined) {
      const socket = await call('apps.connections.open', slack.appToken)
      if (!socket.body.ok)
        findings.push({
          name,
          ok: false,
          detail: `Socket Mode: ${socket.body.error}`,
          fix: 'Make an app-level token with connections:write and set SLACK_APP_TOKEN.',
        })
    }
    return findings
  } catch (error) {
    return [
      {
        name,
        ok: false,
        detail: messageOf(error),
        fix: 'Check the network, and SLACK_API_URL when it is set.',
      },
    ]
  }
}

function clockOf(name: string, answer: Response): Finding[] {
  const date = Date.parse(answer.headers.get('date') ?? '')
  const skew = Math.abs(date - Date.now())
  if (Number.isNaN(skew) || skew <= LARGEST_SKEW_MS) return []
  return [
    {
      name,
      ok: false,
      detail: `this clock is ${Math.round(skew / 1_000)} s off`,
      fix: 'Set the clock (NTP): signed requests are refused otherwise.',
    },
  ]
}
