import { EventEmitter } from 'node:events'
import type { Clock } from '../../../src/clock.ts'
import { unknownChannel, unknownMessage } from './errors.ts'
import { EPHEMERAL } from './limits.ts'
import { pingsOf } from './pings.ts'

export type Json = Record<string, any>
export interface Stored {
  raw: Json
  nonce: string | null
  visibleTo: string | null
  edits: Json[]
  pings: string[]
  deleted: boolean
  storedAt: number
}
export interface Ack {
  id: string
  type: number
  latencyMs: number
}

const EPOCH = 1420070400000n
const NONCE_WINDOW_MS = 120_000
const ALL_PERMISSIONS = String((1n << 50n) - 1n)

/** Everything the server knows, and the records that tests read. */
export class State {
  readonly changes = new EventEmitter().setMaxListeners(0)
  readonly channels = new Map<string, Json>()
  readonly users = new Map<string, Json>()
  readonly messages: Stored[] = []
  readonly commands = new Map<string, Json[]>()
  readonly acks: Ack[] = []
  /** Per channel, permission bits taken from the bot; 'none' hides the channel. */
  readonly denied = new Map<string, bigint | 'none'>()
  readonly clock: Clock
  readonly token: string
  readonly applicationId: string
  readonly guildId: string
  #sequence = 0n
  dispatch: (event: string, data: Json) => void = () => {}

  constructor(clock: Clock, token: string) {
    this.clock = clock
    this.token = token
    this.applicationId = this.id()
    this.guildId = this.id()
    this.users.set(this.applicationId, {
      id: this.applicationId,
      username: 'expediter',
      discriminator: '0',
      global_name: null,
      avatar: null,
      bot: true,
    })
  }
  id(): string {
    const ms = BigInt(this.clock.now().getTime()) - EPOCH
    return String((ms << 22n) | (this.#sequence++ & 0x3fffffn))
  }
  addUser(username: string): string {
    const id = this.id()
    this.users.set(id, { id, username, discriminator: '0', global_name: username, avatar: null, bot: false })
    return id
  }
  addChannel(name: string, extra: Json = {}): string {
    const id = extra.id ?? this.id()
    this.channels.set(id, {
      id,
      name,
      type: 0,
      guild_id: this.guildId,
      position: 0,
      permission_overwrites: [],
      ...extra,
    })
    return id
  }
  channel(id: string): Json {
    const found = this.channels.get(id)
    if (!found) throw unknownChannel()
    return found
  }
  permissions(): string {
    return ALL_PERMISSIONS
  }
  member(userId: string): Json {
    return {
      user: this.users.get(userId),
      roles: [],
      joined_at: '2026-01-01T00:00:00.000Z',
      deaf: false,
      mute: false,
      flags: 0,
      permissions: ALL_PERMISSIONS,
    }
  }
  find(channelId: string, id: string): Stored {
    const found = this.messages.find((m) => m.raw.id === id && m.raw.channel_id === channelId && !m.deleted)
    if (!found) throw unknownMessage()
    return found
  }
  sameNonce(channelId: string, author: string, nonce: string): Stored | undefined {
    const since = this.clock.now().getTime() - NONCE_WINDOW_MS
    return this.messages.find(
      (m) =>
        m.nonce === nonce &&
        m.raw.channel_id === channelId &&
        m.raw.author.id === author &&
        m.storedAt >= since,
    )
  }
  store(
    channelId: string,
    authorId: string,
    body: Json,
    files: string[] = [],
    visibleTo: string | null = null,
  ): Stored {
    const id = this.id()
    const raw: Json = {
      id,
      channel_id: channelId,
      author: this.users.get(authorId),
      type: body.message_reference ? 19 : 0,
      content: body.content ?? '',
      embeds: body.embeds ?? [],
      components: body.components ?? [],
      attachments: files.map((filename) => ({
        id: this.id(),
        filename,
        size: 1,
        url: `http://127.0.0.1/${filename}`,
        proxy_url: '',
      })),
      mentions: this.#mentioned(channelId, body),
      mention_roles: [],
      mention_everyone: false,
      tts: false,
      pinned: false,
      edited_timestamp: null,
      timestamp: this.clock.now().toISOString(),
      flags: (body.flags ?? 0) | (visibleTo ? EPHEMERAL : 0),
      ...(body.message_reference
        ? { message_reference: { ...body.message_reference, channel_id: channelId } }
        : {}),
      ...(body.nonce == null ? {} : { nonce: body.nonce }),
    }
    const nonce = body.nonce == null ? null : String(body.nonce)
    const stored: Stored = {
      raw,
      nonce,
      visibleTo,
      edits: [],
      pings: pingsOf(body),
      deleted: false,
      storedAt: this.clock.now().getTime(),
    }
    this.messages.push(stored)
    if (!visibleTo)
      this.dispatch('MESSAGE_CREATE', { ...raw, guild_id: this.guildId, member: this.member(authorId) })
    this.changed()
    return stored
  }
  #mentioned(channelId: string, body: Json): Json[] {
    const ids = [...String(body.content ?? '').matchAll(/<@!?(\d{17,19})>/g)].map((m) => m[1] ?? '')
    const target = body.message_reference?.message_id
    if (target && body.allowed_mentions?.replied_user !== false)
      ids.push(this.find(channelId, target).raw.author.id)
    return [...new Set(ids)].flatMap((id) => this.users.get(id) ?? [])
  }
  edit(stored: Stored, body: Json, files: string[] = []): Stored {
    stored.edits.push(structuredClone(stored.raw))
    for (const k of ['content', 'embeds', 'components', 'flags'])
      if (body[k] !== undefined) stored.raw[k] = body[k] ?? ''
    for (const filename of files)
      stored.raw.attachments.push({
        id: this.id(),
        filename,
        size: 1,
        url: `http://127.0.0.1/${filename}`,
        proxy_url: '',
      })
    if (stored.visibleTo) stored.raw.flags |= EPHEMERAL
    stored.raw.edited_timestamp = this.clock.now().toISOString()
    if (!stored.visibleTo) this.dispatch('MESSAGE_UPDATE', { ...stored.raw, guild_id: this.guildId })
    this.changed()
    return stored
  }
  remove(stored: Stored): void {
    stored.deleted = true
    this.dispatch('MESSAGE_DELETE', {
      id: stored.raw.id,
      channel_id: stored.raw.channel_id,
      guild_id: this.guildId,
    })
    this.changed()
  }
  changed(): void {
    this.changes.emit('change')
  }
}
