import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type SlackManifest, slackManifest } from '../../../src/bots/slack/manifest.ts'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { Faults } from '../fake-discord/faults.ts'
import { Events, type Happened, type Said } from './events.ts'
import { takeUpload } from './files.ts'
import { contentProblem } from './methods-chat.ts'
import { applySubmission } from './methods-views.ts'
import {
  type Choice,
  type Click,
  type Command,
  optionsOf,
  Payloads,
  type Submission,
  type Suggestion,
} from './payloads.ts'
import { Sockets } from './sockets.ts'
import { type Ack, type Json, State, type Stored, type View } from './state.ts'
import { handleApi } from './web-api.ts'

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>

const RESPONSES = 5

export interface FakeSlackOptions {
  clock?: Clock
  /** What the app was installed from; the manifest of a public domain unless said. */
  manifest?: SlackManifest
}

/** A Slack workspace on a free loopback port, strict where the real one is. Faults match `/method/channel`. */
export async function startFakeSlack(options: FakeSlackOptions = {}) {
  const manifest =
    options.manifest ?? slackManifest({ publicUrl: 'https://tracker.example', slack: undefined })
  const state = new State(options.clock ?? systemClock, manifest)
  const faults = new Faults()
  const limiter = { perSecond: false }
  const refusals = { asJson: false }
  const [botToken, appToken, signingSecret] = [
    'xoxb-fake-bot-token',
    'xapp-1-A1-fake-app-token',
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
    if (path.startsWith('/upload/'))
      return void takeUpload(state, faults, path.slice(8), request, response).catch(() =>
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
  state.origin = `http://127.0.0.1:${port}`

  async function respond(
    id: string,
    request: AsyncIterable<unknown>,
    response: { writeHead(status: number): { end(text?: string): void } },
  ) {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Json
    const fault = faults.take('POST', '/response')
    if (fault?.kind === 'http500') return response.writeHead(500).end('trouble')
    const target = responses.get(id)
    if (target === undefined || target.left === 0) return response.writeHead(404).end('expired_url')
    target.left -= 1
    const problem = contentProblem(state, body)
    // Slack refuses in words with a status, or in JSON with none.
    if (problem !== undefined && refusals.asJson) return response.writeHead(200).end(JSON.stringify(problem))
    if (problem !== undefined) return response.writeHead(400).end(String(problem.error))
    const visibleTo = body.response_type === 'in_channel' ? undefined : target.user
    state.store({
      channel: target.channel,
      threadTs: body.thread_ts,
      text: body.text ?? '',
      blocks: body.blocks ?? [],
      metadata: undefined,
      visibleTo,
    })
    // Stored, but whoever asked hears of trouble: sending it again would show it twice.
    response.writeHead(fault === undefined ? 200 : 500).end('ok')
  }

  const responseUrl = (channel: string, user: string): string => {
    const id = state.nextId('r')
    responses.set(id, { channel, user, left: RESPONSES })
    return `http://127.0.0.1:${port}/response/${id}`
  }
  const payloads = new Payloads(state, responseUrl)
  const events = new Events(state)
  const interactive = (payload: Json) => sockets.deliver('interactive', payload)
  const emit = (body: Json) => sockets.deliver('events_api', body)
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
  /** What the bot posted for all to see. */
  const posts = (channel: string): Stored[] =>
    state.messages.filter(
      (message) =>
        message.channel === channel && message.visibleTo === undefined && message.user === undefined,
    )
  const acked = (id: string): Promise<Ack> => until(() => state.acks.find((ack) => ack.id === id))
  const happen = (happened: Happened): Stored => {
    emit(happened.body)
    return happened.message
  }
  const form = (payload: Json) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    botToken,
    appToken,
    signingSecret,
    state,
    faults,
    limiter,
    /** How a response URL refuses blocks. */
    refusals,
    sockets,
    until,
    posts,
    acked,
    /** Half an hour passes: no response URL is worth anything any more. */
    expireResponses: () => responses.clear(),
    /** What people do, as events that are not delivered yet. */
    events,
    emit,
    slash: (command: Command) => sockets.deliver('slash_commands', payloads.slash(command)),
    click: (click: Click) => interactive(payloads.click(click)),
    pick: (choice: Choice) => interactive(payloads.pick(choice)),
    shortcut: (callbackId: string, message: Stored, user: string) =>
      interactive(payloads.messageShortcut(callbackId, message, user)),
    /** The view that somebody sees on top. */
    viewOf: (user: string): View | undefined =>
      state.views.findLast((view) => view.user === user && view.open),
    /** Presses the submit button; resolves with what the app answered, once that took effect. */
    submit: async (submission: Submission): Promise<Json> => {
      const { payload } = await acked(interactive(payloads.submission(submission)))
      applySubmission(state, submission.view, payload)
      return payload
    },
    /** Submits again without looking at the answer, as an impatient person or a repeated request. */
    submitRaw: (submission: Submission) => interactive(payloads.submission(submission)),
    closeView: (view: View, user: string) => interactive(payloads.closed(view, user)),
    /** What a select offers while somebody types, and how long that took. */
    suggest: async (suggestion: Suggestion) => {
      const { payload, latencyMs } = await acked(interactive(payloads.suggestion(suggestion)))
      return { options: optionsOf(payload), latencyMs }
    },
    say: (said: Said) => happen(events.say(said)),
    edit: (message: Stored, text: string) => happen(events.edit(message, text)),
    remove: (message: Stored) => happen(events.delete(message)),
    react: (message: Stored, user: string, reaction: string) => happen(events.react(message, user, reaction)),
    unreact: (message: Stored, user: string, reaction: string) =>
      happen(events.unreact(message, user, reaction)),
    openHome: (user: string) => emit(events.openHome(user)),
    shareLinks: (channel: string, user: string, ...urls: string[]) =>
      happen(events.shareLinks(channel, user, urls)),
    composeLinks: (user: string, ...urls: string[]) => emit(events.composeLinks(user, urls)),
    /** GivenAnswer when more than 30,000 events came within an hour: it has no inner event. */
    tellRateLimited: () =>
      emit({
        token: 'unused',
        type: 'app_rate_limited',
        team_id: state.team,
        minute_rate_limited: 1_518_467_820,
        api_app_id: 'A1',
      }),
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
      const retry = how.retry === undefined ? {} : retryHeaders(how.retry)
      const answer = await fetch(url, {
        method: 'POST',
        body: how.sent ?? body,
        headers: { 'content-type': how.type ?? 'application/x-www-form-urlencoded', ...headers, ...retry },
      })
      return { status: answer.status, text: await answer.text(), headers }
    },
    slashForm: (command: Command) =>
      new URLSearchParams(payloads.slash(command) as Record<string, string>).toString(),
    clickForm: (click: Click) => form(payloads.click(click)),
    submissionForm: (submission: Submission) => form(payloads.submission(submission)),
    suggestionForm: (suggestion: Suggestion) => form(payloads.suggestion(suggestion)),
    stop: async () => {
      sockets.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function retryHeaders(attempt: number): Record<string, string> {
  return { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_timeout' }
}

export interface HttpOptions {
  /** Another body than the one that was signed. */
  sent?: string
  skewS?: number
  secret?: string
  type?: string
  headers?: Record<string, string>
  /** Which repetition this is. */
  retry?: number
}
