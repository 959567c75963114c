import type { IncomingMessage, ServerResponse } from 'node:http'
import { CHAT_METHODS } from './methods-chat.ts'
import { FILE_METHODS } from './files.ts'
import { CONVERSATION_METHODS } from './methods-conversations.ts'
import type { ApiOptions, Method, Outcome } from './method.ts'
import { PEOPLE_METHODS } from './methods-people.ts'
import { VIEW_METHODS } from './methods-views.ts'
import type { Json, State } from './state.ts'

const METHODS: Record<string, Method> = {
  ...CHAT_METHODS,
  ...CONVERSATION_METHODS,
  ...FILE_METHODS,
  ...PEOPLE_METHODS,
  ...VIEW_METHODS,
}

/** The Web API: form or JSON bodies, bearer tokens, Slack's own words for every refusal. */
export async function handleApi(
  options: ApiOptions,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { state, faults } = options
  const args = await readArgs(request)
  state.calls.push(method)
  state.changed()
  const fault = faults.take('POST', `/${method}/${args.channel ?? ''}`)
  if (fault?.kind === 'slow') await fault.until
  if (fault?.kind === 'http500') return send(state, response, 500, 'trouble')
  if (fault?.kind === 'resetBeforeStore') return void request.socket.destroy()
  if (fault?.kind === 'http429') return limited(state, response, fault.retryAfter)
  if (fault?.kind === 'error') return send(state, response, 200, { ok: false, error: String(fault.code) })
  const outcome = answer(options, method, args, request.headers.authorization ?? '')
  if (fault?.kind === 'resetAfterStore') return void request.socket.destroy()
  if (fault?.kind === 'acceptThenTimeout') return
  if (fault?.kind === 'malformed') return send(state, response, 200, 'not json {')
  if ('retryAfter' in outcome) return limited(state, response, outcome.retryAfter)
  send(state, response, 200, outcome, { 'x-oauth-scopes': [...state.scopes].join(',') })
  state.changed()
}

function answer(options: ApiOptions, method: string, args: Json, authorization: string): Outcome {
  const { state, botToken, appToken } = options
  if (method === 'apps.connections.open')
    return authorization === `Bearer ${appToken}`
      ? options.openSocket()
      : {
          ok: false,
          error: authorization === `Bearer ${botToken}` ? 'not_allowed_token_type' : 'invalid_auth',
        }
  if (state.revoked) return { ok: false, error: 'token_revoked' }
  if (authorization === `Bearer ${appToken}`) return { ok: false, error: 'not_allowed_token_type' }
  if (authorization !== `Bearer ${botToken}`) return { ok: false, error: 'invalid_auth' }
  const known = METHODS[method]
  if (known === undefined) return { ok: false, error: 'unknown_method' }
  const needed = known.scope?.(state, args)
  if (needed !== undefined && !state.scopes.has(needed))
    return { ok: false, error: 'missing_scope', needed, provided: [...state.scopes].join(',') }
  return known.run(options, args)
}

async function readArgs(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString('utf8')
  if (text === '') return {}
  return (request.headers['content-type'] ?? '').includes('json')
    ? (JSON.parse(text) as Json)
    : Object.fromEntries(new URLSearchParams(text))
}

function limited(state: State, response: ServerResponse, seconds: number): void {
  send(state, response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) })
}

function send(
  state: State,
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const date = new Date(Date.now() + state.skewMs).toUTCString()
  response.writeHead(status, { 'content-type': 'application/json', date, ...headers })
  response.end(text)
  state.answered += 1
  state.changed()
}
