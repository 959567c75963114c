import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Json, State } from './state.ts'

const DEADLINE_MS = 3_000

/** Socket Mode: each envelope goes to one of the open sockets and is acknowledged there within three seconds. */
export class Sockets {
  readonly open = new Set<WebSocket>()
  readonly #server: WebSocketServer
  readonly #state: State
  readonly #waiting = new Map<string, { begun: number; kind: string }>()
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
    this.#state.acks.push({ kind: waiting.kind, latencyMs: Date.now() - waiting.begun, payload })
    this.#state.changed()
  }

  /** @returns the envelope's id */
  deliver(type: string, payload: Json): string {
    const socket = [...this.open].at(-1)
    if (socket === undefined) throw new Error('dispatch_failed: no socket is open')
    const envelope_id = this.#state.nextId('env')
    this.#waiting.set(envelope_id, { begun: Date.now(), kind: type })
    socket.send(JSON.stringify({ type, envelope_id, accepts_response_payload: true, payload }))
    return envelope_id
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
