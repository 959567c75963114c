import { EventEmitter } from 'node:events'
import type { Clock } from '../../../src/clock.ts'
import { storedAttachments, type UploadedFile } from './attachments.ts'
import { unknownChannel, unknownMessage } from './errors.ts'
import { EPHEMERAL } from './limits.ts'
import { ALL, overwritesOf, permissionsIn } from './permissions.ts'
import { pingsOf } from './pings.ts'

export type Json = Record<string, any>
export interface Stored {
  raw: Json
  nonce: string | null
  visibleTo: string | null
  edits: Json[]
  pings: string[]
  deleted: boolean
  /** Everything that was ever uploaded with it. */
  files: UploadedFile[]
  storedAt: number
}
export interface Ack {
  id: string
  type: number
  latencyMs: number
}

const EPOCH = 1420070400000n
const NONCE_WINDOW_MS = 120_000

/** Everything the server knows, and the records that tests read. */
export class State {
  readonly changes = new EventEmitter().setMaxListeners(0)
  readonly channels = new Map<string, Json>()
  readonly users = new Map<string, Json>()
  readonly messages: Stored[] = []
  readonly commands = new Map<string, Json[]>()
  readonly roles = new Map<string, Json>()
  /** Who reacted to a message, by emoji. */
  readonly reactions = new Map<string, Map<string, Set<string>>>()
  /** Messages that were sent or changed without allowed_mentions, by method and path. */
  readonly unguarded: string[] = []
  readonly acks: Ack[] = []
  /** Per channel, permission bits taken from the bot; 'none' hides the channel. */
  readonly denied = new Map<string, bigint | 'none'>()
  /** How far the clock in the Date header is ahead of this machine's. */
  skewMs = 0
  invited = true
  readonly clock: Clock
  readonly token: string
  readonly applicationId: string
  readonly guildId: string
  readonly #memberRoles = new Map<string, string[]>()
  #sequence = 0n
  dispatch: (event: string, data: Json) => void = () => {}

  /** @param permissions what the bot was invited with */
  constructor(clock: Clock, token: string, permissions: bigint = ALL) {
    this.clock = clock
    this.token = token
    this.applicationId = this.id()
    this.guildId = this.id()
    this.roles.set(this.guildId, roleOf(this.guildId, '@everyone', 0n))
    this.#addMember(this.applicationId, 'expediter', true, [this.addRole('expediter', permissions)])
  }
  id(): string {
    const ms = BigInt(this.clock.now().getTime()) - EPOCH
    return String((ms << 22n) | (this.#sequence++ & 0x3fffffn))
  }
  /** People may do everything unless their roles are given. */
  addUser(username: string, { bot = false, roles }: { bot?: boolean; roles?: string[] } = {}): string {
    const id = this.id()
    this.#addMember(id, username, bot, roles ?? [this.addRole(`all of ${username}`, ALL)])
    return id
  }
  addRole(name: string, permissions = 0n): string {
    const id = this.id()
    this.roles.set(id, roleOf(id, name, permissions))
    return id
  }
  setRoles(userId: string, roles: string[]): void {
    this.#memberRoles.set(userId, roles)
  }
  rolesOf(userId: string): string[] {
    return this.#memberRoles.get(userId) ?? []
  }
  #addMember(id: string, username: string, bot: boolean, roles: string[]): void {
    this.users.set(id, { id, username, discriminator: '0', global_name: username, avatar: null, bot })
    this.#memberRoles.set(id, roles)
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
  /** A channel as the API shows it, with what the bot was refused there. */
  shown(id: string): Json {
    return { ...this.channel(id), permission_overwrites: overwritesOf(this, id) }
  }
  permissionsIn(channelId: string, userId: string): bigint {
    return permissionsIn(this, channelId, userId)
  }
  reactionsOf(messageId: string): Map<string, Set<string>> {
    const there = this.reactions.get(messageId) ?? new Map<string, Set<string>>()
    this.reactions.set(messageId, there)
    return there
  }
  member(userId: string): Json {
    return {
      user: this.users.get(userId),
      roles: this.rolesOf(userId),
      joined_at: '2026-01-01T00:00:00.000Z',
      deaf: false,
      mute: false,
      flags: 0,
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
    files: UploadedFile[] = [],
    visibleTo: string | null = null,
  ): Stored {
    const id = this.id()
    const raw: Json = {
      id,
      channel_id: channelId,
      author: this.users.get(authorId),
      type: body.type ?? (body.message_reference ? 19 : 0),
      content: body.content ?? '',
      embeds: body.embeds ?? [],
      components: body.components ?? [],
      attachments: storedAttachments(body, files, [], () => this.id()),
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
      pings: [...new Set([...pingsOf(body), ...this.#repliedTo(channelId, body)])],
      deleted: false,
      files,
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
    ids.push(...this.#repliedTo(channelId, body))
    return [...new Set(ids)].flatMap((id) => this.users.get(id) ?? [])
  }
  /** A reply rings the author of what it answers, unless allowed_mentions is there and does not say so. */
  #repliedTo(channelId: string, body: Json): string[] {
    const target = body.message_reference?.message_id
    if (!target || (body.allowed_mentions && body.allowed_mentions.replied_user !== true)) return []
    return [this.find(channelId, target).raw.author.id]
  }
  edit(stored: Stored, body: Json, files: UploadedFile[] = []): Stored {
    stored.edits.push(structuredClone(stored.raw))
    for (const k of ['content', 'embeds', 'components', 'flags'])
      if (body[k] !== undefined) stored.raw[k] = body[k] ?? ''
    stored.raw.attachments = storedAttachments(body, files, stored.raw.attachments, () => this.id())
    stored.files.push(...files)
    if (stored.visibleTo) stored.raw.flags |= EPHEMERAL
    stored.raw.edited_timestamp = this.clock.now().toISOString()
    if (!stored.visibleTo) this.dispatch('MESSAGE_UPDATE', { ...stored.raw, guild_id: this.guildId })
    this.changed()
    return stored
  }
  remove(stored: Stored): void {
    stored.deleted = true
    const { id, channel_id } = stored.raw
    this.dispatch('MESSAGE_DELETE', { id, channel_id, guild_id: this.guildId })
    this.changed()
  }
  removeAll(channelId: string, all: Stored[]): void {
    for (const stored of all) stored.deleted = true
    const ids = all.map(({ raw }) => raw.id)
    this.dispatch('MESSAGE_DELETE_BULK', { ids, channel_id: channelId, guild_id: this.guildId })
    this.changed()
  }
  changed(): void {
    this.changes.emit('change')
  }
}

function roleOf(id: string, name: string, permissions: bigint): Json {
  return {
    id,
    name,
    permissions: String(permissions),
    position: 0,
    color: 0,
    colors: { primary_color: 0 },
    hoist: false,
    managed: false,
    mentionable: false,
    flags: 0,
  }
}
