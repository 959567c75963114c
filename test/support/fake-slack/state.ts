import { EventEmitter } from 'node:events'
import type { Clock } from '../../../src/clock.ts'
import type { SlackManifest } from '../../../src/bots/slack/manifest.ts'
import { Files } from './files.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a client sends is whatever it is
export type Json = Record<string, any>

export interface Channel {
  id: string
  name: string
  member: boolean
  archived: boolean
  gone: boolean
  private: boolean
  /** For direct messages: with whom. */
  user?: string
}

export interface Stored {
  channel: string
  ts: string
  threadTs: string | undefined
  /** The person who wrote it; undefined: our bot. */
  user: string | undefined
  text: string
  blocks: Json[]
  metadata: Json | undefined
  /** Texts before each edit. */
  edits: string[]
  /** When a person last edited it. */
  editedTs?: string
  /** The only one who sees it; undefined: everybody in the channel. */
  visibleTo: string | undefined
  pings: string[]
  /** Names of reactions, each with the people who gave it. */
  reactions: Map<string, Set<string>>
  /** Previews that apps attached, by the address that was posted. */
  unfurls: Map<string, Json>
  /** How often an app attached or changed them. */
  unfurled: number
}

export interface Ack {
  kind: string
  id: string
  latencyMs: number
  payload: Json
}

export interface View {
  id: string
  user: string
  hash: string
  view: Json
  open: boolean
  /** What the last submission was refused with, by block. */
  errors: Record<string, string>
}

/** A trigger opens one view, within three seconds. */
export interface Trigger {
  user: string
  at: number
  used: boolean
}

export interface Person {
  name: string
  realName: string
  displayName: string
  isBot: boolean
  team: string
}

/** Everything that the fake workspace knows and has seen. */
export class State {
  readonly clock: Clock
  readonly changes = new EventEmitter()
  readonly team = 'T0FAKE'
  readonly botUser = 'U0BOT'
  readonly botId = 'B0BOT'
  /** The app that the bot is of. */
  appId = 'A1'
  readonly manifest: SlackManifest
  readonly channels = new Map<string, Channel>()
  readonly people = new Map<string, Person>()
  /** User groups by their ids. */
  readonly groups = new Map<string, { handle: string; users: string[] }>()
  readonly messages: Stored[] = []
  readonly views: View[] = []
  /** The Home tab as each person sees it, and how often it was published. */
  readonly homes = new Map<string, { view: Json; published: number }>()
  readonly triggers = new Map<string, Trigger>()
  /** Links that are being written: previews for their author alone. */
  readonly composing = new Map<string, { links: string[]; unfurls: Map<string, Json> }>()
  readonly files = new Files()
  /** Where this server stands. */
  origin = ''
  readonly acks: Ack[] = []
  readonly calls: string[] = []
  /** How many of them were answered. */
  answered = 0
  /** What a careful client never does: a post without top-level text, an answer after three seconds. */
  readonly violations: string[] = []
  /** What the workspace granted; a manifest that asks for more takes effect once the app is installed again. */
  scopes: Set<string>
  revoked = false
  /** How far this server's clock is from the client's. */
  skewMs = 0
  /** Native tables are rolled out block by block: a workspace without them refuses the message. */
  knowsTables = true
  #count = 0
  #lastMicros = 0

  constructor(clock: Clock, manifest: SlackManifest) {
    this.clock = clock
    this.manifest = manifest
    this.scopes = new Set(manifest.oauth_config?.scopes?.bot ?? [])
    this.changes.setMaxListeners(100)
  }

  nextId(prefix: string): string {
    this.#count += 1
    return `${prefix}${String(this.#count).padStart(8, '0')}`
  }

  /** Seconds with six digits: unique, and in the order in which they were given. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 1, this.clock.now().getTime() * 1_000)
    return `${Math.floor(this.#lastMicros / 1e6)}.${String(this.#lastMicros % 1e6).padStart(6, '0')}`
  }

  nextTrigger(user: string): string {
    const id = `${this.nextId('13')}.${this.nextId('7')}.${this.nextId('abc')}`
    this.triggers.set(id, { user, at: this.clock.now().getTime(), used: false })
    return id
  }

  addChannel(name: string, more: Partial<Channel> = {}): string {
    const id = this.nextId('C')
    const usual = { member: true, archived: false, gone: false, private: false }
    this.channels.set(id, { id, name, ...usual, ...more })
    return id
  }

  /** The bot's conversation with a person, made when it is new. */
  direct(user: string): string {
    const known = [...this.channels.values()].find((channel) => channel.user === user)
    if (known !== undefined) return known.id
    const id = this.nextId('D')
    const usual = { member: true, archived: false, gone: false, private: true }
    this.channels.set(id, { id, name: 'directmessage', ...usual, user })
    return id
  }

  /** Everybody exists as soon as they are spoken of: UANA is 'uana', in full 'Ana'. */
  person(id: string): Person {
    const known = this.people.get(id)
    if (known !== undefined) return known
    const realName = id.slice(1, 2) + id.slice(2).toLowerCase()
    const made = { name: id.toLowerCase(), realName, displayName: '', isBot: false, team: this.team }
    this.people.set(id, made)
    return made
  }

  message(channel: string, ts: string): Stored | undefined {
    return this.messages.find((one) => one.channel === channel && one.ts === ts)
  }

  store(
    message: Pick<Stored, 'channel' | 'threadTs' | 'text' | 'blocks' | 'metadata' | 'visibleTo'> & {
      user?: string
    },
  ): Stored {
    const stored: Stored = {
      ...message,
      user: message.user,
      ts: this.nextTs(),
      edits: [],
      pings: message.user === undefined ? pingsIn(message) : [],
      reactions: new Map(),
      unfurls: new Map(),
      unfurled: 0,
    }
    this.messages.push(stored)
    this.changed()
    return stored
  }

  changed(): void {
    this.changes.emit('change')
  }
}

/** Whom a post or an edit would notify: unescaped mentions, in text and in any text of the blocks; users by their ids. */
export function pingsIn({ text, blocks }: Pick<Stored, 'text' | 'blocks'>): string[] {
  const markup = [text, ...mrkdwnIn(blocks)].join('\n')
  const users = elementsIn(blocks).map(({ type, user_id }) => (type === 'user' ? user_id : type))
  return [...(markup.match(/<(?:@U|@W|!channel|!here|!everyone|!subteam)[^>]*>/g) ?? []), ...users]
}

function elementsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(elementsIn)
  const { type } = value as Json
  return ['user', 'usergroup', 'broadcast'].includes(type) ? [value, ...inner] : inner
}

function mrkdwnIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn)
  if (typeof value !== 'object' || value === null) return []
  const { type, text } = value as Json
  return [
    ...(type === 'mrkdwn' && typeof text === 'string' ? [text] : []),
    ...Object.values(value).flatMap(mrkdwnIn),
  ]
}
