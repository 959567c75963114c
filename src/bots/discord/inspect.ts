import { ApplicationFlags } from 'discord.js'
import type { DiscordConfig } from '../../config.ts'
import type { PostedChannel } from '../../domain/channels/posted-channels.ts'
import { messageOf } from '../../errors.ts'
import type { Finding } from '../finding.ts'
import { grantFix, inviteUrl, missingPermissions, permissionsIn } from './permissions.ts'
import { areRegistered } from './register-commands.ts'

const CALL_MS = 10_000
/** Discord's ids carry the time; times of ours and of theirs stand side by side in notes and labels. */
const LARGEST_SKEW_MS = 120_000
const BAD_TOKEN = "Copy the bot's token from the developer portal (Bot, Reset Token) into DISCORD_TOKEN."
const NO_INTENT =
  'In the developer portal, under Bot, switch Message Content Intent on and restart; without it, notes come by the Annotate entry of a message and /exp note.'

/** Looks at everything that Discord shows a bot of itself, and at each channel that it posts to. Changes nothing. */
export async function inspectDiscord(config: DiscordConfig, channels: PostedChannel[]): Promise<Finding[]> {
  try {
    const me = await call<{ id: string; username: string }>(config, '/users/@me')
    if (!me.ok) return [{ ok: false, detail: `users/@me: HTTP ${me.status}`, fix: BAD_TOKEN }]
    const application = await call<Application>(config, '/applications/@me')
    const bot = { id: me.body.id, applicationId: application.ok ? application.body.id : me.body.id }
    const findings: Finding[] = [
      { ok: true, detail: `connected as ${me.body.username}` },
      ...skewOf(me.date),
      ...(application.ok ? await checkApplication(config, application.body) : []),
      ...(await checkServers(config, bot.applicationId)),
    ]
    const guilds = new Map<string, Promise<Guild>>()
    for (const channel of channels) findings.push(await checkChannel(config, guilds, bot, channel))
    return findings
  } catch (error) {
    const fix = 'Check the network, and DISCORD_API_URL when it is set.'
    return [{ ok: false, detail: reasonOf(error), fix }]
  }
}

interface Application {
  id: string
  flags?: number
}

async function checkApplication(config: DiscordConfig, { id, flags = 0 }: Application): Promise<Finding[]> {
  const findings: Finding[] = []
  if (config.applicationId !== undefined && config.applicationId !== id) {
    const detail = `DISCORD_APPLICATION_ID is ${config.applicationId}, and the token is of ${id}`
    findings.push({ ok: false, detail, fix: 'Remove DISCORD_APPLICATION_ID: Discord is asked for it.' })
  }
  const granted =
    flags & (ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited)
  if (granted === 0) findings.push({ ok: true, detail: 'replies are not read', fix: NO_INTENT })
  else findings.push({ ok: true, detail: 'replies are read (message-content intent)' })
  const commands = await call<unknown[]>(config, `/applications/${id}/commands`)
  const current = commands.ok && areRegistered(commands.body)
  findings.push(
    current
      ? { ok: true, detail: 'commands are registered' }
      : {
          ok: false,
          detail: commands.ok && commands.body.length > 0 ? 'commands are of another release' : 'no commands',
          fix: 'Start it with npm start: it registers them; a client shows them after a restart (Ctrl+R).',
        },
  )
  return findings
}

async function checkServers(config: DiscordConfig, applicationId: string): Promise<Finding[]> {
  const servers = await call<unknown[]>(config, '/users/@me/guilds')
  if (!servers.ok || servers.body.length > 0) return []
  return [{ ok: false, detail: 'the bot is in no server', fix: `Open ${inviteUrl(applicationId)}` }]
}

interface Guild {
  roles: { id: string; permissions: string }[]
  botRoles: string[]
}

interface Channel {
  type: number
  guild_id?: string
  parent_id?: string | null
  permission_overwrites?: { id: string; allow: string; deny: string }[]
}

const DIRECT = 1
const THREADS = new Set([10, 11, 12])

async function checkChannel(
  config: DiscordConfig,
  guilds: Map<string, Promise<Guild>>,
  bot: { id: string; applicationId: string },
  { workspace, channel: id, name }: PostedChannel,
): Promise<Finding> {
  const label = name === null ? `channel ${id}` : `#${name}`
  const found = await call<Channel>(config, `/channels/${id}`)
  if (!found.ok) return unseen(label, found.status, bot.applicationId)
  if (found.body.type === DIRECT) return { ok: true, detail: `${label}: direct messages` }
  const threaded = THREADS.has(found.body.type) && found.body.parent_id
  const place = threaded ? await call<Channel>(config, `/channels/${found.body.parent_id}`) : found
  if (!place.ok) return unseen(label, place.status, bot.applicationId)
  const guildId = found.body.guild_id ?? workspace
  const guild = guilds.get(guildId) ?? readGuild(config, guildId, bot.id)
  guilds.set(guildId, guild)
  const { roles, botRoles } = await guild
  const overwrites = place.body.permission_overwrites ?? []
  const missing = missingPermissions(
    permissionsIn(guildId, roles, { id: bot.id, roles: botRoles }, overwrites),
  )
  if (missing.length === 0) return { ok: true, detail: `${label}: all permissions` }
  return { ok: false, detail: `${label}: missing ${missing.join(', ')}`, fix: grantFix(missing) }
}

function unseen(label: string, status: number, applicationId: string): Finding {
  const fix =
    status === 404
      ? 'The channel is gone: watch in another one; its messages are paused by themselves.'
      : `Let the bot see it (channel settings, Permissions), or invite it again: ${inviteUrl(applicationId)}`
  return { ok: false, detail: `${label}: HTTP ${status}`, fix }
}

async function readGuild(config: DiscordConfig, guildId: string, botId: string): Promise<Guild> {
  const roles = await call<Guild['roles']>(config, `/guilds/${guildId}/roles`)
  const member = await call<{ roles: string[] }>(config, `/guilds/${guildId}/members/${botId}`)
  return { roles: roles.ok ? roles.body : [], botRoles: member.ok ? member.body.roles : [] }
}

function skewOf(date: string | null): Finding[] {
  const skew = Math.abs(Date.parse(date ?? '') - Date.now())
  if (Number.isNaN(skew) || skew <= LARGEST_SKEW_MS) return []
  const detail = `this clock is ${Math.round(skew / 1_000)} s off`
  return [{ ok: false, detail, fix: 'Set the clock (NTP): times of notes and labels come from both sides.' }]
}

type Called<T> = { date: string | null } & ({ ok: true; body: T } | { ok: false; status: number })

async function call<T>({ apiUrl, token }: DiscordConfig, path: string): Promise<Called<T>> {
  const answer = await fetch(`${apiUrl}/v10${path}`, {
    headers: { authorization: `Bot ${token}` },
    signal: AbortSignal.timeout(CALL_MS),
  })
  const date = answer.headers.get('date')
  if (!answer.ok) {
    await answer.body?.cancel()
    return { ok: false, status: answer.status, date }
  }
  return { ok: true, body: (await answer.json()) as T, date }
}

/** fetch hides what happened below it. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  return cause === undefined ? messageOf(error) : messageOf(cause)
}
