import path from 'node:path'
import { CODE_HOSTS, type CodeHost } from './context.ts'

/**
 * The name that PostgreSQL shows for a connection. `log` says that this release writes the point log: the migration
 * that made it refuses to run while processes of older releases, whose names lack it, are connected.
 */
export function applicationName(part: string): string {
  return `expediter log ${part}`
}

export interface Config {
  port: number
  host: string
  publicUrl: string
  /** Undefined: the embedded Postgres in `dataDir`. */
  databaseUrl: string | undefined
  /** The most connections for this process's own work; its queue and its listener have a few more. */
  databaseConnections: number
  /** Undefined: BullMQ's own PostgreSQL backend on the same database. */
  redis: RedisConfig | undefined
  queue: QueueConfig
  dataDir: string
  /** An admin token given from outside; undefined: one is made and kept in `<dataDir>/token`. */
  adminToken: string | undefined
  slack: SlackConfig | undefined
  discord: DiscordConfig | undefined
  /** A server that draws the charts; undefined: they are drawn here. */
  quickChartUrl: string | undefined
  logLevel: string
  roles: Role[]
  /** How long one call to a chat platform may take before its outcome counts as unknown. */
  postTimeoutMs: number
  /** Requests a minute that one token may send to one process. */
  rateLimit: number
  /** How many megabytes of points may wait to be folded, of all processes together. */
  pointLogMaxMb: number
  /** Reaction (short name or emoji) to label. */
  reactions: ReadonlyMap<string, string>
  /** Host name to kind of code host, for hosts whose names do not show it. */
  codeHosts: ReadonlyMap<string, CodeHost>
}

export type Role = 'api' | 'worker' | 'bots'

/** One server by its address, or a cluster by some of its nodes: the first that answers names the others. */
export type RedisConfig =
  | { kind: 'server'; url: string }
  | {
      kind: 'cluster'
      nodes: { host: string; port: number }[]
      username: string | undefined
      password: string | undefined
      tls: boolean
    }

/** Where the queue is kept: processes that share jobs have the same, teams that share a server have different ones. */
export interface QueueConfig {
  /** Schema of BullMQ's tables in PostgreSQL; not used with Redis. */
  schema: string
  name: string
}

export interface SlackConfig {
  botToken: string
  /** Socket Mode when present ... */
  appToken: string | undefined
  /** ... else HTTP, whose requests this secret signs. */
  signingSecret: string | undefined
  apiUrl: string
}

export interface DiscordConfig {
  token: string
  applicationId: string | undefined
  apiUrl: string
}

export const DEFAULT_QUEUE: QueueConfig = { schema: 'bullmq', name: 'expediter' }

export const DEFAULT_REACTIONS = 'trophy=keep,test_tube=ablation,no_entry=invalid,no_entry_sign=invalid'

/** One row per environment variable: the only list of them, shown by docs/configuration.md. */
export const VARIABLES = [
  { name: 'PORT', fallback: '3000', meaning: 'port of the page and the API' },
  { name: 'HOST', fallback: '127.0.0.1', meaning: 'address to listen on; 0.0.0.0 for every interface' },
  { name: 'PUBLIC_URL', fallback: 'http://HOST:PORT', meaning: 'how people reach the page; links use it' },
  { name: 'DATABASE_URL', fallback: 'embedded', meaning: 'PostgreSQL 13 or newer; unset: an embedded one' },
  {
    name: 'DATABASE_CONNECTIONS',
    fallback: '20',
    meaning: 'connections to PostgreSQL that one process may hold',
  },
  {
    name: 'REDIS_URL',
    fallback: 'PostgreSQL',
    meaning: 'Redis for the queues, one server or a cluster; unset: the same PostgreSQL',
  },
  {
    name: 'QUEUE_SCHEMA',
    fallback: DEFAULT_QUEUE.schema,
    meaning: 'schema of the queue in PostgreSQL, when there is no REDIS_URL',
  },
  { name: 'QUEUE_NAME', fallback: DEFAULT_QUEUE.name, meaning: 'name of the queue, in PostgreSQL or Redis' },
  { name: 'EXPEDITER_DATA_DIR', fallback: '.expediter', meaning: 'embedded database and token' },
  { name: 'EXPEDITER_TOKEN', fallback: 'made at first start', meaning: 'admin token, 16 characters or more' },
  { name: 'EXPEDITER_ROLE', fallback: 'all', meaning: 'all, or some of api, worker, bots with commas' },
  {
    name: 'EXPEDITER_POST_TIMEOUT_MS',
    fallback: '15000',
    meaning: 'patience with one call to a chat platform',
  },
  {
    name: 'POINT_LOG_MAX_MB',
    fallback: '256',
    meaning: 'megabytes of points that may wait to be folded, a quarter of them of one run',
  },
  {
    name: 'EXPEDITER_RATE_LIMIT',
    fallback: '300000',
    meaning: 'requests a minute per token and process; beyond: 429',
  },
  {
    name: 'EXPEDITER_REACTIONS',
    fallback: DEFAULT_REACTIONS,
    meaning: 'which reactions are labels of runs, by name or emoji; none: no labels',
  },
  {
    name: 'EXPEDITER_CODE_HOSTS',
    fallback: 'told by their names',
    meaning:
      'what your code hosts are: git.example.com=gitlab; github, gitlab, bitbucket, bitbucket-server, gitea',
  },
  { name: 'SLACK_BOT_TOKEN', fallback: 'Slack off', meaning: 'xoxb-... of the Slack app' },
  { name: 'SLACK_APP_TOKEN', fallback: '', meaning: 'xapp-...: Socket Mode, no public address needed' },
  { name: 'SLACK_SIGNING_SECRET', fallback: '', meaning: 'HTTP mode at /slack/events instead' },
  { name: 'SLACK_API_URL', fallback: 'https://slack.com/api/', meaning: 'a compatible server' },
  { name: 'DISCORD_TOKEN', fallback: 'Discord off', meaning: "the Discord bot's token" },
  { name: 'DISCORD_APPLICATION_ID', fallback: 'asked of Discord', meaning: 'application id' },
  { name: 'DISCORD_API_URL', fallback: 'https://discord.com/api', meaning: 'a compatible server' },
  {
    name: 'QUICKCHART_URL',
    fallback: 'drawn here',
    meaning: 'a QuickChart server that draws the charts: names and values go there',
  },
  { name: 'LOG_LEVEL', fallback: 'info', meaning: 'trace, debug, info, warn, error or silent' },
] as const

type VariableName = (typeof VARIABLES)[number]['name']

/** A setting that cannot work; the message names the variable and says what is allowed. */
export class ConfigError extends Error {
  constructor(name: VariableName, message: string) {
    super(`${name} ${message}`)
    this.name = 'ConfigError'
  }
}

/** Reads the environment once. @throws ConfigError that names the variable */
export function readConfig(env: NodeJS.ProcessEnv, cwd: string): Config {
  const get = (name: VariableName): string | undefined => env[name]?.trim() || undefined
  const port = integer('PORT', get('PORT') ?? '3000', 0, 65_535)
  const host = get('HOST') ?? '127.0.0.1'
  return {
    port,
    host,
    publicUrl: publicUrl(get('PUBLIC_URL'), host, port),
    databaseUrl: url('DATABASE_URL', get('DATABASE_URL'), ['postgres:', 'postgresql:']),
    databaseConnections: integer('DATABASE_CONNECTIONS', get('DATABASE_CONNECTIONS') ?? '20', 10, 1_000),
    redis: redis(get('REDIS_URL')),
    queue: queue(get('QUEUE_SCHEMA') ?? DEFAULT_QUEUE.schema, get('QUEUE_NAME') ?? DEFAULT_QUEUE.name),
    dataDir: path.resolve(cwd, get('EXPEDITER_DATA_DIR') ?? '.expediter'),
    adminToken: adminToken(get('EXPEDITER_TOKEN')),
    slack: slack(get),
    discord: discord(get),
    quickChartUrl: url('QUICKCHART_URL', get('QUICKCHART_URL'), ['http:', 'https:']),
    logLevel: oneOf('LOG_LEVEL', get('LOG_LEVEL') ?? 'info', LEVELS),
    roles: roles(get('EXPEDITER_ROLE') ?? 'all'),
    postTimeoutMs: integer(
      'EXPEDITER_POST_TIMEOUT_MS',
      get('EXPEDITER_POST_TIMEOUT_MS') ?? '15000',
      100,
      60_000,
    ),
    pointLogMaxMb: integer('POINT_LOG_MAX_MB', get('POINT_LOG_MAX_MB') ?? '256', 1, 1_000_000),
    rateLimit: integer('EXPEDITER_RATE_LIMIT', get('EXPEDITER_RATE_LIMIT') ?? '300000', 1, 2 ** 31),
    reactions: reactions(get('EXPEDITER_REACTIONS') ?? DEFAULT_REACTIONS),
    codeHosts: codeHosts(get('EXPEDITER_CODE_HOSTS')),
  }
}

/** `trophy=keep,🧪=ablation`; an empty list turns them off: `none`. @throws ConfigError */
export function reactions(text: string): ReadonlyMap<string, string> {
  if (text === 'none') return new Map()
  const pairs = text.split(',').map((pair): [string, string] => {
    const [, reaction, label] = /^\s*:?([^\s:=,]+):?\s*=\s*([a-z0-9][a-z0-9_-]{0,39})\s*$/.exec(pair) ?? []
    if (reaction === undefined || label === undefined) {
      throw new ConfigError(
        'EXPEDITER_REACTIONS',
        `has '${pair.trim()}'; needed: reaction=label, as trophy=keep, with labels of a-z, 0-9, - and _`,
      )
    }
    return [reaction, label]
  })
  return new Map(pairs)
}

/** `git.example.com=gitlab,code.example.com=github`. @throws ConfigError */
function codeHosts(text: string | undefined): ReadonlyMap<string, CodeHost> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '')
  return new Map(
    pairs.map((pair): [string, CodeHost] => {
      const [, host = '', name] = /^\s*([a-z0-9.-]+)\s*=\s*([a-z-]+)\s*$/i.exec(pair) ?? []
      const kind = CODE_HOSTS.find((one) => one === name?.toLowerCase())
      if (kind !== undefined) return [host.toLowerCase(), kind]
      const needed = `needed: host=kind, as git.example.com=gitlab, with ${CODE_HOSTS.join(', ')}`
      throw new ConfigError('EXPEDITER_CODE_HOSTS', `has '${pair.trim()}'; ${needed}`)
    }),
  )
}

/** Every secret of the configuration by value, so that none of them is ever stored or logged. */
export function configuredSecrets(config: Config): string[] {
  const { slack, discord, redis } = config
  const password = (address: string | undefined) =>
    address === undefined ? undefined : decodeURIComponent(new URL(address).password) || undefined
  return [
    config.adminToken,
    slack?.botToken,
    slack?.appToken,
    slack?.signingSecret,
    discord?.token,
    password(config.databaseUrl),
    redis?.kind === 'cluster' ? redis.password : password(redis?.url),
  ].filter((secret) => secret !== undefined)
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent']
const ROLES: Role[] = ['api', 'worker', 'bots']

/** `all`, or a list with commas. @throws ConfigError */
export function roles(text: string): Role[] {
  if (text === 'all') return ROLES
  return text.split(',').map((role) => oneOf('EXPEDITER_ROLE', role.trim(), ROLES) as Role)
}

function slack(get: (name: VariableName) => string | undefined): SlackConfig | undefined {
  const botToken = get('SLACK_BOT_TOKEN')
  const appToken = get('SLACK_APP_TOKEN')
  const signingSecret = get('SLACK_SIGNING_SECRET')
  if (botToken === undefined) {
    if (appToken !== undefined)
      throw new ConfigError('SLACK_BOT_TOKEN', 'is not set, and SLACK_APP_TOKEN is: both are needed')
    return undefined
  }
  if (appToken === undefined && signingSecret === undefined) {
    throw new ConfigError(
      'SLACK_BOT_TOKEN',
      'needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)',
    )
  }
  const apiUrl = url('SLACK_API_URL', get('SLACK_API_URL'), ['http:', 'https:']) ?? 'https://slack.com/api/'
  return { botToken, appToken, signingSecret, apiUrl: `${apiUrl.replace(/\/+$/, '')}/` }
}

function discord(get: (name: VariableName) => string | undefined): DiscordConfig | undefined {
  const token = get('DISCORD_TOKEN')
  if (token === undefined) return undefined
  const apiUrl =
    url('DISCORD_API_URL', get('DISCORD_API_URL'), ['http:', 'https:']) ?? 'https://discord.com/api'
  return { token, applicationId: get('DISCORD_APPLICATION_ID'), apiUrl: apiUrl.replace(/\/+$/, '') }
}

const CLUSTER = /^(rediss?)-cluster:\/\/(?:([^@/]*)@)?([^@/?#]+)\/?$/

/** @throws ConfigError, which never shows the address: it may hold a password */
function redis(given: string | undefined): RedisConfig | undefined {
  if (given === undefined) return undefined
  const [, scheme, user = '', hosts = ''] = CLUSTER.exec(given) ?? []
  const nodes = hosts.split(',').map((host) => `redis://${user}@${host.trim()}`)
  if (scheme === undefined && URL.canParse(given) && /^rediss?:\/\//.test(given))
    return { kind: 'server', url: given }
  if (scheme === undefined || !nodes.every((node) => URL.canParse(node)))
    throw new ConfigError(
      'REDIS_URL',
      'must be redis://host:port, or redis-cluster://host:port,host:port for a cluster (with TLS: rediss, rediss-cluster)',
    )
  const [first] = nodes.map((node) => new URL(node))
  return {
    kind: 'cluster',
    nodes: nodes.map((node) => hostOf(new URL(node))),
    username: decodeURIComponent(first?.username ?? '') || undefined,
    password: decodeURIComponent(first?.password ?? '') || undefined,
    tls: scheme === 'rediss',
  }
}

/** @throws ConfigError */
function queue(schema: string, name: string): QueueConfig {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new ConfigError(
      'QUEUE_SCHEMA',
      `is '${schema}'; needed: a-z, 0-9 and _, at most 63, no digit first`,
    )
  if (!/^[a-z0-9_-]{1,60}$/i.test(name))
    throw new ConfigError('QUEUE_NAME', `is '${name}'; needed: letters, digits, - and _, at most 60`)
  return { schema, name }
}

function hostOf({ hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6_379) }
}

function publicUrl(given: string | undefined, host: string, port: number): string {
  const checked = url('PUBLIC_URL', given, ['http:', 'https:'])
  if (checked !== undefined) return checked.replace(/\/+$/, '')
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function adminToken(given: string | undefined): string | undefined {
  if (given !== undefined && given.length < 16) {
    throw new ConfigError('EXPEDITER_TOKEN', `has ${given.length} characters; 16 or more are needed`)
  }
  return given
}

function url(name: VariableName, given: string | undefined, protocols: string[]): string | undefined {
  if (given === undefined) return undefined
  const protocol = URL.canParse(given) ? new URL(given).protocol : undefined
  if (protocol === undefined || !protocols.includes(protocol)) {
    throw new ConfigError(
      name,
      `must be an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    )
  }
  return given
}

function integer(name: VariableName, given: string, min: number, max: number): number {
  const value = Number(given)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(name, `is '${given}'; a whole number from ${min} to ${max} is needed`)
  }
  return value
}

function oneOf(name: VariableName, given: string, allowed: string[]): string {
  if (!allowed.includes(given)) throw new ConfigError(name, `is '${given}'; allowed: ${allowed.join(', ')}`)
  return given
}
