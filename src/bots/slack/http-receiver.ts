import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type App, type Receiver, verifySlackRequest } from '@slack/bolt'
import { seeEvent, wasSeen } from '../../domain/channels/see-event.ts'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import { HELD_BACK, isEvent, processBody, tellsRateLimit, UnreadableError } from './process-body.ts'

export interface HttpReceiver extends Receiver {
  requestListener(request: IncomingMessage, response: ServerResponse): void
}

const PATH = '/slack/events'
const BODY_LIMIT = 1024 * 1024
const WINDOW_S = 300
const SIGNED = 'slack-signature'
/** Slack waits three seconds; a request that no listener has acknowledged by then gets a 404. */
const ANSWER_MS = 2_800

/**
 * Slack over HTTP, stricter than the stock receiver: a signature counts within five minutes in both directions and
 * once, and a body that makes no sense is answered.
 */
export function createHttpReceiver(signingSecret: string, ctx: Ctx): HttpReceiver {
  let app: App | undefined
  return {
    init: (own) => {
      app = own
    },
    start: async () => {},
    stop: async () => {},
    requestListener: (request, response) => {
      void answer(request, signingSecret, ctx, app)
        .catch((error: unknown): Answer => {
          if (error instanceof UnreadableError) return { status: 400, body: error.message }
          ctx.log.warn({ error: messageOf(error) }, 'Slack: a request was not handled')
          return { status: 503 }
        })
        .then(({ status, body, type }) => {
          response.writeHead(status, {
            'content-type': type ?? 'text/plain; charset=utf-8',
            'cache-control': 'no-store',
          })
          response.end(body ?? '')
        })
    },
  }
}

interface Answer {
  status: number
  body?: string
  type?: string
}

async function answer(
  request: IncomingMessage,
  signingSecret: string,
  ctx: Ctx,
  app: App | undefined,
): Promise<Answer> {
  if (request.url?.split('?')[0] !== PATH) return { status: 404, body: 'not found' }
  if (request.method !== 'POST') return { status: 405, body: 'POST only' }
  const raw = await readBody(request)
  if (raw === undefined) return { status: 413, body: 'too large' }
  const signature = signatureOf(request, raw, signingSecret, ctx)
  if (signature === undefined) return { status: 401, body: 'bad signature' }
  const body = parseBody(raw, request.headers['content-type'] ?? '')
  // An event counts as seen once it was handled: until then Slack may send the very same again.
  const repeats = body !== undefined && isEvent(body)
  const fresh = repeats ? !(await wasSeen(ctx, SIGNED, signature)) : await seeEvent(ctx, SIGNED, signature)
  if (!fresh) return { status: 401, body: 'this was sent before' }
  if (body === undefined) return { status: 400, body: 'neither a form nor JSON that Slack sends' }
  if (body['ssl_check'] !== undefined) return { status: 200 }
  if (body['type'] === 'url_verification') return json({ challenge: String(body['challenge'] ?? '') })
  if (tellsRateLimit(body)) {
    ctx.log.warn(HELD_BACK)
    return { status: 200 }
  }
  if (body['event'] !== undefined && !isEvent(body)) return { status: 400, body: 'an event that is none' }
  if (app === undefined) return { status: 503, body: 'starting' }
  const answered = await process(app, body, request)
  if (repeats) await seeEvent(ctx, SIGNED, signature)
  return answered
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > BODY_LIMIT) return undefined
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The hash of a signature that is right and not older, or newer, than five minutes. */
function signatureOf(
  request: IncomingMessage,
  body: string,
  signingSecret: string,
  ctx: Pick<Ctx, 'clock'>,
): string | undefined {
  const signature = header(request, 'x-slack-signature')
  const timestamp = Number(header(request, 'x-slack-request-timestamp'))
  const now = ctx.clock.now().getTime()
  if (!Number.isInteger(timestamp) || Math.abs(now / 1_000 - timestamp) > WINDOW_S) return undefined
  try {
    verifySlackRequest({
      signingSecret,
      body,
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
      nowMilliseconds: now,
    })
  } catch {
    return undefined
  }
  return createHash('sha256').update(signature).digest('hex')
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

/** A form (whose `payload` may hold JSON) or JSON; undefined for anything that is no object. */
function parseBody(raw: string, type: string): Record<string, unknown> | undefined {
  try {
    if (type.startsWith('application/json')) return asObject(JSON.parse(raw))
    if (!type.startsWith('application/x-www-form-urlencoded')) return undefined
    const form = Object.fromEntries(new URLSearchParams(raw))
    return form['payload'] === undefined ? form : asObject(JSON.parse(form['payload']))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

async function process(app: App, body: Record<string, unknown>, request: IncomingMessage): Promise<Answer> {
  const acked = Promise.withResolvers<Answer>()
  // An event may take its time: what Slack does not wait for comes again, and is handled once all the same.
  const timer = isEvent(body)
    ? undefined
    : setTimeout(() => acked.resolve({ status: 404, body: 'no listener for this' }), ANSWER_MS)
  const retryNum = Number(header(request, 'x-slack-retry-num'))
  const work = processBody(app, {
    body,
    ack: async (response?: unknown) => acked.resolve(toAnswer(response)),
    ...(retryNum > 0 ? { retryNum, retryReason: header(request, 'x-slack-retry-reason') } : {}),
  })
  // Once every listener is done, none will acknowledge it any more.
  work.then(
    () => acked.resolve({ status: 404, body: 'no listener for this' }),
    (error: unknown) => acked.reject(error),
  )
  return await acked.promise.finally(() => clearTimeout(timer))
}

function toAnswer(response: unknown): Answer {
  if (response === undefined || response === '') return { status: 200 }
  return typeof response === 'string' ? { status: 200, body: response } : json(response)
}

function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value), type: 'application/json; charset=utf-8' }
}
