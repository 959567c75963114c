import type { Server } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import { BITS } from './permissions.ts'
import type { Json, State } from './state.ts'

interface Session {
  id: string
  intents: number
  sequence: number
  log: Json[]
  socket: WebSocket | null
}

const CONTENT = 1 << 15
/** Application flag: the message-content intent is switched on, for an app that few servers use. */
const CONTENT_LIMITED = 1 << 19
const NEEDS: Record<string, number> = {
  MESSAGE_CREATE: 1 << 9,
  MESSAGE_UPDATE: 1 << 9,
  MESSAGE_DELETE: 1 << 9,
  MESSAGE_DELETE_BULK: 1 << 9,
  MESSAGE_REACTION_ADD: 1 << 10,
  MESSAGE_REACTION_REMOVE: 1 << 10,
  MESSAGE_REACTION_REMOVE_ALL: 1 << 10,
  MESSAGE_REACTION_REMOVE_EMOJI: 1 << 10,
  GUILD_CREATE: 1,
  CHANNEL_CREATE: 1,
  THREAD_CREATE: 1,
}

/** The websocket half: sessions outlive their sockets so that RESUME can replay. */
export class Gateway {
  readonly sessions = new Map<string, Session>()
  /** Intents refused with close code 4014. */
  disallowedIntents = 0
  acknowledgeHeartbeats = true
  heartbeatMs = 41_250
  identifies = 0
  resumes = 0
  #held: { event: string; data: Json }[] | undefined
  readonly #state: State
  readonly #url: () => string
  readonly #server: WebSocketServer

  constructor(server: Server, state: State, url: () => string) {
    this.#state = state
    this.#url = url
    this.#server = new WebSocketServer({ server })
    this.#server.on('connection', (socket) => this.#accept(socket))
    state.dispatch = (event, data) => this.dispatch(event, data)
  }
  /** Sessions with a living socket. */
  get connected(): number {
    return [...this.sessions.values()].filter(({ socket }) => socket !== null).length
  }
  /** The flags that the developer portal shows: whether the message-content intent is switched on. */
  get applicationFlags(): number {
    return this.disallowedIntents & CONTENT ? 0 : CONTENT_LIMITED
  }
  /** From now on dispatches wait, until `release` sends them: in another order, or some of them twice. */
  hold(): void {
    this.#held = []
  }
  release(
    arrange: (held: { event: string; data: Json }[]) => { event: string; data: Json }[] = (h) => h,
  ): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { event, data } of arrange(held)) this.dispatch(event, data)
  }
  dispatch(event: string, data: Json): void {
    if (this.#held) return void this.#held.push({ event, data })
    const { applicationId } = this.#state
    const place = data.channel_id
    if (place && !(this.#state.permissionsIn(place, applicationId) & BITS.viewChannel)) return
    for (const session of this.sessions.values()) {
      const direct = data.channel_id && this.#state.channels.get(data.channel_id)?.type === 1
      const needed = (NEEDS[event] ?? 0) << (direct ? 3 : 0)
      if (needed && !(session.intents & needed)) continue
      this.#send(session, event, event.startsWith('MESSAGE_') ? this.#visible(session, data, direct) : data)
    }
  }
  /** Cuts every socket as a network failure would; sessions stay resumable. */
  killSockets(): void {
    for (const socket of this.#server.clients) socket.terminate()
  }
  askToReconnect(): void {
    for (const s of this.sessions.values()) s.socket?.send(JSON.stringify({ op: 7, d: null }))
  }
  /** Forgets all sessions: the next RESUME is answered with op 9. */
  forgetSessions(): void {
    this.sessions.clear()
  }
  close(): void {
    this.killSockets()
    this.#server.close()
  }
  #visible(session: Session, data: Json, direct: boolean): Json {
    const me = this.#state.applicationId
    const mine = data.author?.id === me || data.mentions?.some((u: Json) => u.id === me)
    if (session.intents & CONTENT || direct || mine || data.content === undefined) return data
    return { ...data, content: '', embeds: [], attachments: [], components: [] }
  }
  #send(session: Session, t: string, d: Json): void {
    const frame = { op: 0, t, s: ++session.sequence, d }
    session.log.push(frame)
    session.socket?.send(JSON.stringify(frame))
  }
  #accept(socket: WebSocket): void {
    socket.on('error', () => {})
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: this.heartbeatMs } }))
    socket.on('message', (bytes) => {
      const { op, d } = JSON.parse(String(bytes)) as Json
      if (op === 1 && this.acknowledgeHeartbeats) socket.send(JSON.stringify({ op: 11 }))
      if (op === 2) this.#identify(socket, d)
      if (op === 6) this.#resume(socket, d)
    })
  }
  #identify(socket: WebSocket, d: Json): void {
    const state = this.#state
    this.identifies++
    if (d.token !== state.token) return socket.close(4004, 'Authentication failed.')
    if (d.intents & this.disallowedIntents) return socket.close(4014, 'Disallowed intent(s).')
    const session: Session = { id: state.id(), intents: d.intents, sequence: 0, log: [], socket }
    this.#attach(session, socket)
    const guilds = [{ id: state.guildId, unavailable: true }]
    const application = { id: state.applicationId, flags: this.applicationFlags }
    const user = state.users.get(state.applicationId)
    this.#send(session, 'READY', {
      v: 10,
      user,
      guilds,
      session_id: session.id,
      resume_gateway_url: this.#url(),
      application,
      shard: [0, 1],
    })
    this.#send(session, 'GUILD_CREATE', guildOf(state))
    state.changed()
  }
  #attach(session: Session, socket: WebSocket): void {
    session.socket = socket
    this.sessions.set(session.id, session)
    socket.on('close', () => {
      if (session.socket === socket) session.socket = null
      this.#state.changed()
    })
  }
  #resume(socket: WebSocket, d: Json): void {
    const session = this.sessions.get(d.session_id)
    if (d.token !== this.#state.token) return socket.close(4004, 'Authentication failed.')
    if (!session) return socket.send(JSON.stringify({ op: 9, d: false }))
    this.resumes++
    this.#attach(session, socket)
    for (const frame of session.log) if (frame.s > d.seq) socket.send(JSON.stringify(frame))
    this.#send(session, 'RESUMED', {})
    this.#state.changed()
  }
}

/** The guild as GUILD_CREATE and GET /guilds/:id show it. */
export function guildOf(state: State): Json {
  const all = [...state.channels.values()].filter((c) => c.guild_id)
  const thread = (c: Json) => c.type === 11
  return {
    id: state.guildId,
    name: 'Lab',
    owner_id: state.applicationId,
    features: [],
    emojis: [],
    stickers: [],
    preferred_locale: 'en-US',
    roles: [...state.roles.values()],
    channels: all.filter((c) => !thread(c)).map((c) => state.shown(c.id)),
    threads: all.filter(thread),
    voice_states: [],
    presences: [],
    stage_instances: [],
    members: [...state.users.keys()].map((id) => state.member(id)),
    member_count: state.users.size,
    large: false,
    unavailable: false,
    joined_at: '2026-01-01T00:00:00.000Z',
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    premium_tier: 0,
    nsfw_level: 0,
    system_channel_flags: 0,
    premium_progress_bar_enabled: false,
  }
}
