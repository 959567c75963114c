import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemsOfBlocks } from '../check-slack-blocks.ts'
import type { Faults } from '../fake-discord/faults.ts'
import { type Json, pingsIn, type State, type Stored } from './state.ts'

export interface ApiOptions {
  state: State
  faults: Faults
  botToken: string
  appToken: string
  /** Opens a socket's address, or says why not. */
  openSocket(): Json
  /** One post per second and channel, as Slack allows; off unless set. */
  limiter: { perSecond: boolean }
}

type Outcome = Json | { retryAfter: number }

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
  const fault = faults.take('POST', `/${method}/${args.channel ?? ''}`)
  if (fault?.kind === 'slow') await fault.until
  if (fault?.kind === 'http500') return send(response, 500, 'trouble')
  if (fault?.kind === 'resetBeforeStore') return void request.socket.destroy()
  if (fault?.kind === 'http429')
    return send(
      response,
      429,
      { ok: false, error: 'ratelimited' },
      { 'retry-after': String(fault.retryAfter) },
    )
  if (fault?.kind === 'error') return send(response, 200, { ok: false, error: String(fault.code) })
  const outcome = answer(options, method, args, request.headers.authorization ?? '')
  if (fault?.kind === 'resetAfterStore') return void request.socket.destroy()
  if (fault?.kind === 'acceptThenTimeout') return
  if (fault?.kind === 'malformed') return send(response, 200, 'not json {')
  if ('retryAfter' in outcome)
    return send(
      response,
      429,
      { ok: false, error: 'ratelimited' },
      { 'retry-after': String(outcome.retryAfter) },
    )
  send(response, 200, outcome, {
    'x-oauth-scopes':
      'commands,chat:write,channels:read,groups:read,channels:history,groups:history,im:write,im:history',
  })
}

function answer(options: ApiOptions, method: string, args: Json, authorization: string): Outcome {
  const { state, botToken, appToken } = options
  if (method === 'apps.connections.open')
    return authorization === `Bearer ${appToken}`
      ? options.openSocket()
      : { ok: false, error: 'invalid_auth' }
  if (state.revoked) return { ok: false, error: 'token_revoked' }
  if (authorization !== `Bearer ${botToken}`) return { ok: false, error: 'invalid_auth' }
  switch (method) {
    case 'auth.test':
      return {
        ok: true,
        url: 'https://fake.slack.com/',
        team: 'Fake',
        user: 'expediter',
        team_id: state.team,
        user_id: state.botUser,
        bot_id: 'B0BOT',
        is_enterprise_install: false,
      }
    case 'chat.postMessage':
      return post(options, args)
    case 'chat.update':
      return update(state, args)
    case 'conversations.info': {
      const channel = state.channels.get(args.channel)
      if (channel === undefined || channel.gone) return { ok: false, error: 'channel_not_found' }
      return {
        ok: true,
        channel: {
          id: channel.id,
          name: channel.name,
          is_member: channel.member,
          is_im: channel.user !== undefined,
          is_archived: channel.archived,
        },
      }
    }
    case 'conversations.open': {
      const id = state.nextId('D')
      state.channels.set(id, {
        id,
        name: 'direct',
        member: true,
        archived: false,
        gone: false,
        user: args.users,
      })
      return { ok: true, channel: { id } }
    }
    case 'conversations.history':
      return history(state, args, ({ threadTs }) => threadTs === undefined)
    case 'conversations.replies':
      return history(state, args, ({ threadTs, ts }) => threadTs === args.ts || ts === args.ts)
    default:
      return { ok: false, error: 'unknown_method' }
  }
}

function place(state: State, id: string): string | undefined {
  const channel = state.channels.get(id)
  if (channel === undefined || channel.gone) return 'channel_not_found'
  if (channel.archived) return 'is_archived'
  return channel.member ? undefined : 'not_in_channel'
}

const lastPost = new WeakMap<State, Map<string, number>>()

function post({ state, limiter }: ApiOptions, args: Json): Outcome {
  const refused = place(state, args.channel)
  if (refused !== undefined) return { ok: false, error: refused }
  const problem = contentProblem(state, args)
  if (problem !== undefined) return problem
  const times = lastPost.get(state) ?? new Map<string, number>()
  lastPost.set(state, times)
  const now = state.clock.now().getTime()
  if (limiter.perSecond && now - (times.get(args.channel) ?? 0) < 1_000) return { retryAfter: 1 }
  times.set(args.channel, now)
  if (args.thread_ts !== undefined && !state.messages.some(({ ts }) => ts === args.thread_ts))
    return { ok: false, error: 'thread_not_found' }
  const stored = state.store({
    channel: args.channel,
    threadTs: args.thread_ts,
    text: args.text ?? '',
    blocks: parsed(args.blocks) ?? [],
    metadata: parsed(args.metadata),
    visibleTo: undefined,
  })
  return { ok: true, channel: args.channel, ts: stored.ts, message: { text: stored.text, ts: stored.ts } }
}

function update(state: State, args: Json): Outcome {
  const message = state.messages.find(({ ts, channel }) => ts === args.ts && channel === args.channel)
  if (message === undefined) return { ok: false, error: 'message_not_found' }
  const problem = contentProblem(state, args)
  if (problem !== undefined) return problem
  message.edits.push(message.text)
  Object.assign(message, {
    text: args.text ?? '',
    blocks: parsed(args.blocks) ?? [],
    metadata: parsed(args.metadata) ?? message.metadata,
  })
  message.pings.push(...pingsIn(message))
  state.changed()
  return { ok: true, channel: args.channel, ts: args.ts, text: message.text }
}

/** Refuses what Block Kit does not take; a missing top-level text is noted, for it is what notifications show. */
export function contentProblem(state: State, { text, blocks: raw }: Json): Json | undefined {
  if (typeof text !== 'string' || text === '') state.violations.push('a message without top-level text')
  if (typeof text === 'string' && text.length > 40_000) return { ok: false, error: 'msg_too_long' }
  const blocks = parsed(raw)
  if (blocks === undefined) return undefined
  const problems = problemsOfBlocks(blocks)
  if (!state.knowsTables && blocks.some((block: Json) => block.type === 'table'))
    problems.push('unsupported type: table [json-pointer:/blocks]')
  if (problems.length === 0) return undefined
  return {
    ok: false,
    error: 'invalid_blocks',
    response_metadata: { messages: problems.map((one) => `[ERROR] ${one}`) },
  }
}

function history(state: State, args: Json, belongs: (message: Stored) => boolean): Outcome {
  const refused = place(state, args.channel)
  if (refused !== undefined && refused !== 'is_archived') return { ok: false, error: refused }
  const oldest = Number(args.oldest ?? 0)
  const messages = state.messages
    .filter(
      (message) =>
        message.channel === args.channel &&
        message.visibleTo === undefined &&
        belongs(message) &&
        Number(message.ts) > oldest,
    )
    .toReversed()
    .slice(0, Number(args.limit ?? 100))
    .map(({ ts, text, blocks, metadata, threadTs }) => ({
      type: 'message',
      ts,
      text,
      blocks,
      thread_ts: threadTs,
      ...(args.include_all_metadata === 'true' || args.include_all_metadata === true ? { metadata } : {}),
    }))
  return { ok: true, messages, has_more: false }
}

function parsed(value: unknown): any {
  return typeof value === 'string' ? JSON.parse(value) : value
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

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(text)
}
