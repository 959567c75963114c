import { setTimeout as sleep } from 'node:timers/promises'
import type { SlackConfig } from '../../config.ts'
import type { PostedChannel } from '../../domain/channels/posted-channels.ts'
import { messageOf } from '../../errors.ts'
import type { Finding } from '../finding.ts'
import { inspectAddress } from './inspect-address.ts'
import { scopesOf } from './manifest.ts'

interface Answer {
  body: Record<string, unknown> & { ok?: boolean; error?: string }
  headers: Headers
}

const CALL_MS = 10_000
const LONGEST_WAIT_S = 30
/** Slack refuses signatures that are more than five minutes off, and times of ours and of theirs stand side by side. */
const LARGEST_SKEW_MS = 120_000
const REINSTALL =
  'Put the output of npm run -s expediter -- manifest slack under App Manifest of the app, save, then Install App, Reinstall.'
const BOT_TOKEN =
  'Copy the Bot User OAuth Token (xoxb-...) from OAuth & Permissions of the app into SLACK_BOT_TOKEN.'
const APP_TOKEN =
  'Under Basic Information, App-Level Tokens, generate one with connections:write and set SLACK_APP_TOKEN (xapp-...).'

/** Looks at everything that Slack shows of the app, and at each channel that it posts to. Changes nothing. */
export async function inspectSlack(
  config: SlackConfig,
  publicUrl: string,
  channels: PostedChannel[],
): Promise<Finding[]> {
  const misplaced = misplacedToken(config)
  if (misplaced !== undefined) return [misplaced]
  try {
    const test = await call(config, 'auth.test', config.botToken)
    if (test.body.ok !== true) return [{ ok: false, detail: `auth.test: ${test.body.error}`, fix: BOT_TOKEN }]
    const { team, user, team_id: workspace } = test.body
    const findings: Finding[] = [
      { ok: true, detail: `connected to ${String(team)} as ${String(user)}` },
      ...skewOf(test.headers),
      ...missingScopes(test.headers, publicUrl),
      ...(config.appToken === undefined
        ? await inspectAddress(publicUrl)
        : await checkSockets(config, config.appToken, String(test.body['bot_id'] ?? ''))),
    ]
    for (const channel of channels) findings.push(...(await checkChannel(config, String(workspace), channel)))
    return findings
  } catch (error) {
    return [
      { ok: false, detail: reasonOf(error), fix: 'Check the network, and SLACK_API_URL when it is set.' },
    ]
  }
}

/** The prefix of a token is its kind: a token in the wrong place is found before Slack is asked. */
function misplacedToken({ botToken, appToken }: SlackConfig): Finding | undefined {
  if (botToken.startsWith('xapp-'))
    return { ok: false, detail: 'SLACK_BOT_TOKEN is an app-level token', fix: BOT_TOKEN }
  if (botToken.startsWith('xoxp-'))
    return { ok: false, detail: 'SLACK_BOT_TOKEN is a token of a person, not of the bot', fix: BOT_TOKEN }
  if (/^xox[a-z]-/.test(appToken ?? ''))
    return { ok: false, detail: 'SLACK_APP_TOKEN is not an app-level token', fix: APP_TOKEN }
  return undefined
}

function skewOf(headers: Headers): Finding[] {
  const skew = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())
  if (Number.isNaN(skew) || skew <= LARGEST_SKEW_MS) return []
  const fix = 'Set the clock of this machine (NTP): signed requests are refused otherwise.'
  return [{ ok: false, detail: `this clock is ${Math.round(skew / 1_000)} s off`, fix }]
}

/** One finding for each scope, with what does not work without it. */
function missingScopes(headers: Headers, publicUrl: string): Finding[] {
  const told = headers.get('x-oauth-scopes')
  if (told === null || told === '') return []
  const granted = told.split(',').map((scope) => scope.trim())
  const missing = Object.entries(scopesOf({ publicUrl })).filter(([scope]) => !granted.includes(scope))
  if (missing.length === 0) return [{ ok: true, detail: 'all scopes are granted' }]
  return missing.map(([scope, why]) => ({
    ok: false,
    detail: `scope ${scope} is not granted: it is needed ${why}`,
    fix: REINSTALL,
  }))
}

async function checkSockets(config: SlackConfig, appToken: string, botId: string): Promise<Finding[]> {
  const { body } = await call(config, 'apps.connections.open', appToken)
  if (body.ok !== true) return [{ ok: false, detail: `Socket Mode: ${body.error}`, fix: APP_TOKEN }]
  const [, ofToken] = /^xapp-\d+-(A[A-Z0-9]*)-/.exec(appToken) ?? []
  const bot = (await call(config, 'bots.info', config.botToken, { bot: botId })).body['bot'] as
    | { app_id?: string }
    | undefined
  if (ofToken !== undefined && bot?.app_id !== undefined && bot.app_id !== ofToken) {
    const detail = `Socket Mode: SLACK_APP_TOKEN is of the app ${ofToken}, SLACK_BOT_TOKEN of ${bot.app_id}`
    return [{ ok: false, detail, fix: 'Take both tokens from the same app.' }]
  }
  return [{ ok: true, detail: 'Socket Mode answers' }]
}

async function checkChannel(
  config: SlackConfig,
  workspace: string,
  { workspace: own, channel, name }: PostedChannel,
): Promise<Finding[]> {
  // Direct messages need no membership.
  if (channel.startsWith('D')) return []
  const shown = name === null ? channel : `#${name}`
  if (own !== workspace) {
    const fix = 'Use the token of that workspace, or type /exp unwatch there with its own tracker.'
    return [{ ok: false, detail: `${shown} is in another workspace (${own})`, fix }]
  }
  const { body } = await call(config, 'conversations.info', config.botToken, { channel })
  const told = (body['channel'] ?? {}) as { is_member?: boolean; is_archived?: boolean }
  const invite = 'Type /invite @expediter in the channel.'
  if (body.error === 'missing_scope') {
    return [{ ok: false, detail: `${shown}: scope ${String(body['needed'])} is not granted`, fix: REINSTALL }]
  }
  if (body.ok !== true)
    return [{ ok: false, detail: `${shown}: ${body.error}`, fix: `${invite} Is it gone, watch another one.` }]
  if (told.is_archived === true) {
    return [
      { ok: false, detail: `${shown} is archived`, fix: 'Watch from another channel, or unarchive it.' },
    ]
  }
  if (told.is_member !== true)
    return [{ ok: false, detail: `${shown}: the bot is not a member`, fix: invite }]
  return [{ ok: true, detail: `${shown}: the bot is a member` }]
}

/** One call to Slack; asked for patience, it waits once. */
async function call(
  { apiUrl }: SlackConfig,
  method: string,
  token: string,
  args: Record<string, string> = {},
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`${apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(args),
      signal: AbortSignal.timeout(CALL_MS),
    })
    const wait = Number(answer.headers.get('retry-after') ?? 1)
    if (answer.status !== 429 || attempt > 0 || wait > LONGEST_WAIT_S)
      return { body: await bodyOf(answer, method), headers: answer.headers }
    await sleep(wait * 1_000)
  }
}

async function bodyOf(answer: Response, method: string): Promise<Answer['body']> {
  const text = await answer.text()
  try {
    return JSON.parse(text) as Answer['body']
  } catch {
    throw new Error(`${method}: HTTP ${answer.status}, and what came is not what Slack answers`)
  }
}

/** fetch hides the socket's error a level or two down. */
function reasonOf(error: unknown): string {
  const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? `${messageOf(error)} (${code})` : messageOf(error)
}
