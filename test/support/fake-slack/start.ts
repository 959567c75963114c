import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { Faults } from '../fake-discord/faults.ts'
import { Sockets } from './sockets.ts'
import { type Json, State, type Stored } from './state.ts'
import { contentProblem, handleApi } from './web-api.ts'

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>

const RESPONSES = 5

/** A Slack workspace on a free loopback port, strict where the real one is. Faults match `/method/channel`. */
export async function startFakeSlack(options: { clock?: Clock } = {}) {
  const state = new State(options.clock ?? systemClock)
  const faults = new Faults()
  const limiter = { perSecond: false }
  const [botToken, appToken, signingSecret] = [
    'xoxb-fake-bot-token',
    'xapp-fake-app-token',
    'fake-signing-secret-of-slack',
  ]
  const responses = new Map<string, { channel: string; user: string; left: number }>()
  let port = 0
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/api/'))
      return void handleApi(api, path.slice(5).split('?')[0] ?? '', request, response).catch(() =>
        request.socket.destroy(),
      )
    if (path.startsWith('/response/')) return void respond(path.slice(10), request, response)
    response.writeHead(404).end()
  })
  const sockets = new Sockets(server, state)
  const api = {
    state,
    faults,
    limiter,
    botToken,
    appToken,
    openSocket: (): Json =>
      sockets.refusing === undefined
        ? { ok: true, url: `ws://127.0.0.1:${port}/link?ticket=${state.nextId('t')}` }
        : { ok: false, error: sockets.refusing },
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port

  async function respond(
    id: string,
    request: AsyncIterable<unknown>,
    response: { writeHead(status: number): { end(text?: string): void } },
  ) {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Json
    const target = responses.get(id)
    if (target === undefined || target.left === 0) return response.writeHead(404).end('expired_url')
    target.left -= 1
    const problem = contentProblem(state, body)
    if (problem !== undefined) return response.writeHead(400).end(String(problem.error))
    const visibleTo = body.response_type === 'in_channel' ? undefined : target.user
    state.store({
      channel: target.channel,
      threadTs: undefined,
      text: body.text ?? '',
      blocks: body.blocks ?? [],
      metadata: undefined,
      visibleTo,
    })
    response.writeHead(200).end('ok')
  }

  const responseUrl = (channel: string, user: string): string => {
    const id = state.nextId('r')
    responses.set(id, { channel, user, left: RESPONSES })
    return `http://127.0.0.1:${port}/response/${id}`
  }
  const slashPayload = ({ channel, user, text }: Command): Json => ({
    command: '/exp',
    text: escapeTyped(text),
    team_id: state.team,
    team_domain: 'fake',
    channel_id: channel,
    channel_name: state.channels.get(channel)?.name ?? 'unknown',
    user_id: user,
    user_name: user.toLowerCase(),
    api_app_id: 'A1',
    is_enterprise_install: 'false',
    response_url: responseUrl(channel, user),
    trigger_id: state.nextId('trigger'),
  })
  const clickPayload = ({ message, button, user }: Click): Json => {
    const element = message.blocks
      .flatMap(({ type, elements }) => (type === 'actions' ? (elements as Json[]) : []))
      .find(({ action_id, text }) => action_id.endsWith(`:${button}`) || text.text === button)
    if (element === undefined) throw new Error(`no button ${button} in ${JSON.stringify(message.blocks)}`)
    if (message.visibleTo !== undefined && message.visibleTo !== user)
      throw new Error('only its asker sees an ephemeral message')
    return {
      type: 'block_actions',
      team: { id: state.team, domain: 'fake' },
      user: { id: user, name: user.toLowerCase(), username: user.toLowerCase(), team_id: state.team },
      channel: { id: message.channel, name: state.channels.get(message.channel)?.name ?? '' },
      api_app_id: 'A1',
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: message.visibleTo !== undefined,
      },
      trigger_id: state.nextId('trigger'),
      response_url: responseUrl(message.channel, user),
      actions: [{ ...element, type: 'button', action_ts: state.nextTs(), block_id: 'b' }],
    }
  }
  /** Resolves once `condition` holds, looking again after each recorded change. */
  const until = <T>(condition: () => T, ms = 20_000): Promise<NonNullable<T>> =>
    new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        state.changes.off('change', look)
      }
      const timer = setTimeout(() => {
        end()
        reject(
          new Error(
            `not within ${ms} ms: ${String(condition)}\ncalls: ${state.calls.join(', ')}\n${JSON.stringify(state.messages, null, 1)}`,
          ),
        )
      }, ms)
      const look = () => {
        const value = condition()
        if (!value) return
        end()
        resolve(value)
      }
      state.changes.on('change', look)
      look()
    })
  const posts = (channel: string): Stored[] =>
    state.messages.filter((message) => message.channel === channel && message.visibleTo === undefined)
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    botToken,
    appToken,
    signingSecret,
    state,
    faults,
    limiter,
    sockets,
    until,
    posts,
    slash: (command: Command) => sockets.deliver('slash_commands', slashPayload(command)),
    click: (click: Click) => sockets.deliver('interactive', clickPayload(click)),
    /** Signs and posts what Slack would post to us over HTTP. */
    overHttp: async (url: string, body: string, how: HttpOptions = {}) => {
      const timestamp = String(Math.floor(state.clock.now().getTime() / 1_000) + (how.skewS ?? 0))
      const signature = `v0=${createHmac('sha256', how.secret ?? signingSecret)
        .update(`v0:${timestamp}:${body}`)
        .digest('hex')}`
      const headers = how.headers ?? {
        'x-slack-signature': signature,
        'x-slack-request-timestamp': timestamp,
      }
      const answer = await fetch(url, {
        method: 'POST',
        body: how.sent ?? body,
        headers: { 'content-type': how.type ?? 'application/x-www-form-urlencoded', ...headers },
      })
      return { status: answer.status, text: await answer.text(), headers }
    },
    slashForm: (command: Command) =>
      new URLSearchParams(slashPayload(command) as Record<string, string>).toString(),
    clickForm: (click: Click) =>
      new URLSearchParams({ payload: JSON.stringify(clickPayload(click)) }).toString(),
    stop: async () => {
      sockets.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export interface Command {
  channel: string
  user: string
  text: string
}

export interface Click {
  message: Stored
  /** Its id in the message, or its label. */
  button: string
  user: string
}

export interface HttpOptions {
  /** Another body than the one that was signed. */
  sent?: string
  skewS?: number
  secret?: string
  type?: string
  headers?: Record<string, string>
}

/** `should_escape`: typed characters, people and channels as Slack sends them. */
function escapeTyped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/@([a-z]+)/g, '<@U$1|$1>')
}
