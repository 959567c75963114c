import { EventEmitter } from 'node:events'
import type { Clock } from '../../../src/clock.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a client sends is whatever it is
export type Json = Record<string, any>

export interface Channel {
  id: string
  name: string
  member: boolean
  archived: boolean
  gone: boolean
  /** For direct messages: with whom. */
  user?: string
}

export interface Stored {
  channel: string
  ts: string
  threadTs: string | undefined
  text: string
  blocks: Json[]
  metadata: Json | undefined
  /** Texts before each edit. */
  edits: string[]
  /** The only one who sees it; undefined: everybody in the channel. */
  visibleTo: string | undefined
  pings: string[]
}

export interface Ack {
  kind: string
  latencyMs: number
  payload: unknown
}

/** Everything that the fake workspace knows and has seen. */
export class State {
  readonly clock: Clock
  readonly changes = new EventEmitter()
  readonly team = 'T0FAKE'
  readonly botUser = 'U0BOT'
  readonly channels = new Map<string, Channel>()
  readonly messages: Stored[] = []
  readonly acks: Ack[] = []
  readonly calls: string[] = []
  /** Calls that a careful client never makes, for instance a post without top-level text. */
  readonly violations: string[] = []
  revoked = false
  /** Native tables are rolled out block by block: a workspace without them refuses the message. */
  knowsTables = true
  #count = 0

  constructor(clock: Clock) {
    this.clock = clock
    this.changes.setMaxListeners(100)
  }

  nextId(prefix: string): string {
    this.#count += 1
    return `${prefix}${String(this.#count).padStart(8, '0')}`
  }

  nextTs(): string {
    this.#count += 1
    return `${Math.floor(this.clock.now().getTime() / 1_000)}.${String(this.#count).padStart(6, '0')}`
  }

  addChannel(name: string, more: Partial<Channel> = {}): string {
    const id = this.nextId('C')
    this.channels.set(id, { id, name, member: true, archived: false, gone: false, ...more })
    return id
  }

  store(message: Omit<Stored, 'ts' | 'edits' | 'pings'>): Stored {
    const stored = { ...message, ts: this.nextTs(), edits: [], pings: pingsIn(message) }
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
