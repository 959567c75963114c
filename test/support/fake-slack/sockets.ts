import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Ack, Json, State } from './state.ts'

const DEADLINE_MS = 3_000

interface Waiting {
  begun: number
  kind: string
  payload: Json
  attempt: number
}

/** Socket Mode: each envelope goes to one of the open sockets and is acknowledged there within three seconds. */
export class Sockets {
  readonly open = new Set<WebSocket>()
  readonly #server: WebSocketServer
  readonly #state: State
  readonly #waiting = new Map<string, Waiting>()
  /** Why apps.connections.open refuses: 'account_inactive', or 503. */
  refusing: string | undefined
  /** As the real Slack: the close frame is answered, the TCP connection stays open. */
  lazyClose = true
  opened = 0

  constructor(server: Server, state: State) {
    this.#state = state
    this.#server = new WebSocketServer({ server, path: '/link' })
    this.#server.on('connection', (socket) => this.#welcome(socket))
  }

  #welcome(socket: WebSocket): void {
    this.opened += 1
    const raw = (socket as unknown as { _socket: { end(): unknown } })._socket
    if (this.lazyClose) raw.end = () => raw
    this.open.add(socket)
    socket.on('close', () => this.open.delete(socket))
    socket.on('error', () => {})
    socket.on('message', (data) => this.#heard(JSON.parse(String(data)) as Json))
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.open.size,
        connection_info: { app_id: 'A1' },
        debug_info: {},
      }),
    )
    this.#state.changed()
  }

  #heard({ envelope_id, payload }: Json): void {
    const waiting = this.#waiting.get(envelope_id)
    if (waiting === undefined) return
    this.#waiting.delete(envelope_id)
    const latencyMs = Date.now() - waiting.begun
    if (latencyMs > DEADLINE_MS)
      this.#state.violations.push(`${waiting.kind} acknowledged after ${latencyMs} ms`)
    const ack: Ack = { kind: waiting.kind, id: envelope_id, latencyMs, payload: payload ?? {} }
    this.#state.acks.push(ack)
    this.#state.changed()
  }

  /** @returns the envelope's id */
  deliver(type: string, payload: Json, attempt = 0): string {
    const socket = [...this.open].at(-1)
    if (socket === undefined) throw new Error('dispatch_failed: no socket is open')
    const envelope_id = this.#state.nextId('env')
    this.#waiting.set(envelope_id, { begun: Date.now(), kind: type, payload, attempt })
    const retry = attempt === 0 ? {} : { retry_attempt: attempt, retry_reason: 'timeout' }
    const accepts_response_payload = type !== 'events_api'
    socket.send(JSON.stringify({ type, envelope_id, accepts_response_payload, payload, ...retry }))
    return envelope_id
  }

  /** Events that nobody acknowledged come again, as Slack does at once, after a minute and after five. */
  redeliver(): string[] {
    const missed = [...this.#waiting].filter(([, { kind }]) => kind === 'events_api')
    return missed.map(([id, { payload, attempt }]) => {
      this.#waiting.delete(id)
      return this.deliver('events_api', payload, attempt + 1)
    })
  }

  get unacknowledged(): number {
    return this.#waiting.size
  }

  late(): boolean {
    return [...this.#waiting.values()].some(({ begun }) => Date.now() - begun > DEADLINE_MS)
  }

  /** Announces the end of one socket, as Slack does every few hours, and closes it a moment later. */
  refresh(): void {
    const [socket] = this.open
    if (socket === undefined) return
    socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} }))
    this.open.delete(socket)
    setTimeout(() => socket.close(), 50).unref()
  }

  sendRaw(frame: unknown): void {
    for (const socket of this.open) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  kill(): void {
    for (const socket of this.open) socket.terminate()
    this.open.clear()
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
  }
}
