import type { App, Receiver } from '@slack/bolt'
import { SocketModeClient } from '@slack/socket-mode'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { slackLogger } from './logger.ts'
import { HELD_BACK, processBody, tellsRateLimit } from './process-body.ts'

export interface SocketOptions {
  appToken: string
  apiUrl: string
  log: Logger
  /** GivenAnswer when no socket is connected, with the reason, and when one is again. */
  onHealth(problem: string | undefined): void
}

/** Two sockets: Slack refreshes each every few hours, and the other one hears what comes in the meantime. */
const SOCKETS = 2
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
const CONNECT_MS = 10_000
const STOP_MS = 5_000

/** What the stock client keeps to itself: the handler of its frames, which must not end the process. */
type Frames = {
  onWebSocketMessage(data: unknown, isBinary: boolean): Promise<void>
  send(envelopeId: string, body?: unknown): Promise<void>
}
type Envelope = {
  ack(response?: unknown): Promise<void>
  body: Record<string, unknown>
  retry_num?: number
  retry_reason?: string
}

/**
 * Socket Mode that loses nothing: each of two sockets is replaced as soon as Slack announces its end, before it
 * closes, with our own back-off. The stock receiver waits several seconds and ends the process on a failed reconnect.
 */
export function createSocketReceiver(options: SocketOptions): Receiver {
  const sockets = new SocketPair(options)
  return {
    init: (app) => {
      sockets.app = app
    },
    start: async () => sockets.start(),
    stop: () => sockets.stop(),
  }
}

class SocketPair {
  app: App | undefined
  readonly #options: SocketOptions
  readonly #connected = new Set<SocketModeClient>()
  readonly #all = new Set<SocketModeClient>()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopped = false

  constructor(options: SocketOptions) {
    this.#options = options
  }

  start(): void {
    for (let slot = 0; slot < SOCKETS; slot++) void this.#open(0)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.race([Promise.allSettled(this.#inFlight), this.#after(STOP_MS)])
    for (const timer of this.#timers) clearTimeout(timer)
    for (const client of this.#all) this.#close(client)
  }

  /** Connects one slot; tries again for ever, later each time. The former socket closes once this one stands. */
  async #open(failures: number, former?: SocketModeClient): Promise<void> {
    if (this.#stopped) return
    const client = this.#createClient()
    try {
      await this.#connect(client)
      if (this.#connected.size === 0 && former === undefined) this.#options.log.info('Slack: connected')
      this.#connected.add(client)
      this.#options.onHealth(undefined)
      if (former !== undefined) this.#close(former)
    } catch (error) {
      this.#close(client)
      const reason = messageOf(error)
      this.#options.log.warn({ reason, failures: failures + 1 }, 'Slack: no socket, it is tried again')
      if (this.#connected.size === 0) this.#options.onHealth(reason)
      await this.#after(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 5)))
      await this.#open(failures + 1, former)
    }
  }

  async #connect(client: SocketModeClient): Promise<void> {
    const late = this.#after(CONNECT_MS).then(() => Promise.reject(new Error('no hello from Slack in time')))
    late.catch(() => {})
    await Promise.race([client.start(), late])
  }

  #createClient(): SocketModeClient {
    const { appToken, apiUrl, log } = this.#options
    const client = new SocketModeClient({
      appToken,
      autoReconnectEnabled: false,
      logger: slackLogger(log),
      clientOptions: {
        slackApiUrl: apiUrl,
        timeout: 5_000,
        retryConfig: { retries: 0 },
      },
    })
    this.#all.add(client)
    const replace = this.#replaceOnce(client)
    client.removeAllListeners('ws_message')
    client.on('ws_message', (data: unknown, isBinary: boolean) => {
      const frame = specialFrame(data)
      if (frame?.type === 'disconnect') return replace()
      const frames = client as unknown as Frames
      const heard =
        frame === undefined ? frames.onWebSocketMessage(data, isBinary) : this.#heldBack(frames, frame)
      heard.catch((error) => log.warn({ error: messageOf(error) }, 'Slack sent a frame that makes no sense'))
    })
    client.on('slack_event', (envelope: Envelope) => this.#process(envelope))
    client.on('disconnected', replace)
    client.on('error', (error: Error) => log.debug({ error: error.message }, 'Slack socket'))
    return client
  }

  /** Slack says goodbye and then closes: one successor is enough. A socket that never stood is retried by #open. */
  #replaceOnce(client: SocketModeClient): () => void {
    let replaced = false
    return () => {
      if (replaced || !this.#connected.delete(client)) return
      replaced = true
      if (this.#connected.size === 0) this.#options.onHealth('reconnecting')
      void this.#open(0, client)
    }
  }

  #process({ ack, body, retry_num, retry_reason }: Envelope): void {
    const { app } = this
    if (app === undefined) return
    const work = processBody(app, {
      body,
      ack: async (response?: unknown) => await ack(response),
      ...(retry_num === undefined ? {} : { retryNum: retry_num }),
      ...(retry_reason === undefined ? {} : { retryReason: retry_reason }),
    }).catch((error: unknown) =>
      this.#options.log.warn({ error: messageOf(error) }, 'Slack: an event was not handled'),
    )
    this.#inFlight.add(work)
    void work.finally(() => this.#inFlight.delete(work))
  }

  async #heldBack(frames: Frames, { envelope_id }: Frame): Promise<void> {
    this.#options.log.warn(HELD_BACK)
    if (envelope_id !== undefined) await frames.send(envelope_id)
  }

  #close(client: SocketModeClient): void {
    this.#all.delete(client)
    this.#connected.delete(client)
    // A socket that never opened refuses to close.
    client.disconnect().catch(() => {})
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, ms)
      this.#timers.add(timer)
    })
  }
}

interface Frame {
  type?: string
  envelope_id?: string
  payload?: Record<string, unknown>
}

/** The frames that the stock client does not read as we need them: the end of a socket, and a rate limit. */
function specialFrame(data: unknown): Frame | undefined {
  const text = typeof data === 'string' ? data : Buffer.isBuffer(data) ? data.toString('utf8') : ''
  if (!/"disconnect"|"app_rate_limited"/.test(text)) return undefined
  const frame = parsedFrame(text)
  return frame?.type === 'disconnect' || tellsRateLimit(frame?.payload ?? {}) ? frame : undefined
}

function parsedFrame(text: string): Frame | undefined {
  try {
    return JSON.parse(text) as Frame
  } catch {
    return undefined
  }
}
