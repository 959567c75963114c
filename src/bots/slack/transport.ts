import { setTimeout as sleep } from 'node:timers/promises'
import { WebClient } from '@slack/web-api'
import type { Pictures } from '../../charts/pictures.ts'
import type { SlackConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import {
  type Address,
  type ChatTransport,
  DeliveryError,
  type Posted,
  type TransportHealth,
} from '../transport.ts'
import { isBlocksRefusal, isFileRefusal, toDeliveryError } from './errors.ts'
import { slackLogger } from './logger.ts'
import { createSlackPictures, type SlackPictures } from './pictures.ts'
import { renderSlack, type SlackContent, type SlackFiles } from './render.ts'

/** Slack's limit per channel. */
const POST_INTERVAL_MS = 1_000
const EVENT_TYPE = 'expediter_delivery'
const PAGE = 200
const PAGES = 10

interface Parts {
  client: WebClient
  pictures: SlackPictures
}

export interface SlackTransport extends ChatTransport, Parts {
  prepare: NonNullable<ChatTransport['prepare']>
  /** What a call last said of the token; the sockets add theirs. */
  setProblem(problem: string | undefined): void
}

/** Posts through the Web API. The client never retries by itself: its retries doubled messages. */
export function createSlackTransport(
  config: SlackConfig,
  ctx: Ctx,
  timeoutMs: number,
  drawn: Pictures,
  postIntervalMs = POST_INTERVAL_MS,
): SlackTransport {
  const client = new WebClient(config.botToken, {
    slackApiUrl: config.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: slackLogger(ctx.log),
  })
  const parts = { client, pictures: createSlackPictures(ctx, client, drawn) }
  let problem: string | undefined
  const setProblem = (text: string | undefined) => {
    problem = text
  }
  const call = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      const answer = await withSignal(signal, work())
      setProblem(undefined)
      return answer
    } catch (error) {
      const failure = toDeliveryError(error)
      if (failure.kind === 'unreachable') setProblem(failure.reason)
      throw failure
    }
  }
  return {
    ...parts,
    setProblem,
    platform: 'slack',
    minPostIntervalMs: postIntervalMs,
    render: (message, ref) => void renderSlack(message, ref),
    prepare: (to, message, signal) => parts.pictures.prepare(to.workspace, message, signal),
    post: (to, message, ref, signal) => call(signal, () => post(parts, to, message, ref, signal)),
    edit: (to, externalId, message, ref, signal) =>
      call(signal, () => edit(parts, to, externalId, message, ref, signal)),
    find: (to, ref, since, signal) => call(signal, () => find(client, to, ref, since)),
    membership: (to) => membership(client, to),
    direct: async (workspace, userId) => {
      const { channel } = await client.conversations.open({ users: userId })
      return { platform: 'slack', workspace, channel: channel?.id ?? userId }
    },
    health: () => healthOf(problem),
  }
}

/** The call itself cannot be aborted; giving it up leaves its outcome unknown. */
async function withSignal<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const given = Promise.withResolvers<never>()
  const onAbort = () => given.reject(new DeliveryError('ambiguous', 'no answer in time'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, given.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {})
  }
}

/** Somebody looks for the message already, and sends it again: no further attempt may come after that. */
function stopIfGivenUp(signal: AbortSignal): void {
  if (signal.aborted) throw new DeliveryError('ambiguous', 'no answer in time')
}

/** Slack may say of a file that it can be shown and refuse it for another moment. */
const FILE_WAITS_MS = [300, 800, 1_500]

interface Rendered {
  message: Message
  ref: MessageRef
  files: SlackFiles
  ping: boolean
  send(content: SlackContent): Promise<Posted>
}

/**
 * Sends with pictures and native tables; where Slack refuses the pictures, without them, and where it does not know
 * tables yet, in words alone. What it refused is certainly not there.
 */
async function sendRendered(rendered: Rendered): Promise<Posted & { refused?: SlackFiles }> {
  const { message, ref, files, ping, send } = rendered
  const plain = async () => {
    try {
      return await send(renderSlack(message, ref, { ping }))
    } catch (error) {
      if (!isBlocksRefusal(error)) throw error
      return await send(renderSlack(message, ref, { ping, native: false }))
    }
  }
  if (files.size === 0) return await plain()
  try {
    return await withFiles(rendered)
  } catch (error) {
    if (!isBlocksRefusal(error)) throw error
    const posted = await plain()
    return isFileRefusal(error) ? { ...posted, refused: files } : posted
  }
}

async function withFiles({ message, ref, files, ping, send }: Rendered): Promise<Posted> {
  const content = renderSlack(message, ref, { ping, files })
  for (const wait of FILE_WAITS_MS) {
    try {
      return await send(content)
    } catch (error) {
      if (!isFileRefusal(error)) throw error
      await sleep(wait)
    }
  }
  return await send(content)
}

async function post(
  { client, pictures }: Parts,
  to: Address,
  message: Message,
  ref: MessageRef,
  signal: AbortSignal,
): Promise<Posted> {
  const files = await pictures.files(to.workspace, message)
  const send = async ({ text, blocks }: SlackContent) => {
    stopIfGivenUp(signal)
    const answer = await client.chat.postMessage({
      channel: to.channel,
      text,
      blocks,
      metadata: { event_type: EVENT_TYPE, event_payload: { ref } },
      unfurl_links: false,
      unfurl_media: false,
      ...(to.thread === undefined ? {} : { thread_ts: to.thread }),
    })
    if (answer.ts === undefined) throw new DeliveryError('ambiguous', 'an answer without ts')
    return { externalId: answer.ts }
  }
  const { refused, ...posted } = await sendRendered({ message, ref, files, ping: true, send })
  if (refused !== undefined) await pictures.forget(to.workspace, refused)
  return posted
}

async function edit(
  { client, pictures }: Parts,
  to: Address,
  ts: string,
  message: Message,
  ref: MessageRef,
  signal: AbortSignal,
): Promise<void> {
  const files = await pictures.files(to.workspace, message)
  const send = async ({ text, blocks }: SlackContent) => {
    stopIfGivenUp(signal)
    const metadata = { event_type: EVENT_TYPE, event_payload: { ref } }
    await client.chat.update({ channel: to.channel, ts, text, blocks, metadata })
    return { externalId: ts }
  }
  const { refused } = await sendRendered({ message, ref, files, ping: false, send })
  if (refused !== undefined) await pictures.forget(to.workspace, refused)
}

/** Reads back from the newest message to the time of the attempt, looking for our ref in the metadata. */
async function find(
  client: WebClient,
  to: Address,
  ref: MessageRef,
  since: Date,
): Promise<Posted | undefined> {
  const oldest = String(since.getTime() / 1_000)
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const query = {
      channel: to.channel,
      oldest,
      limit: PAGE,
      include_all_metadata: true,
      ...(cursor ? { cursor } : {}),
    }
    const { messages = [], response_metadata } =
      to.thread === undefined
        ? await client.conversations.history(query)
        : await client.conversations.replies({ ...query, ts: to.thread })
    const ours = messages.find(({ metadata }) => refIn(metadata?.event_payload) === ref)
    if (ours?.ts !== undefined) return { externalId: ours.ts }
    cursor = response_metadata?.next_cursor || undefined
    if (cursor === undefined) return undefined
  }
  throw new DeliveryError('ambiguous', 'too many messages to look through')
}

function refIn(payload: object | undefined): unknown {
  return payload === undefined ? undefined : (payload as { ref?: unknown }).ref
}

async function membership(client: WebClient, to: Address): ReturnType<ChatTransport['membership']> {
  const fix = 'Type /invite @expediter in this channel, then try again.'
  try {
    const { channel } = await client.conversations.info({ channel: to.channel })
    const name = channel?.name === undefined ? {} : { name: channel.name }
    if (channel?.is_member === true || channel?.is_im === true) return { canPost: true, ...name }
    return { canPost: false, reason: 'The bot is not a member of this channel.', fix }
  } catch (error) {
    const { kind, reason } = toDeliveryError(error)
    if (kind === 'refused') return { canPost: false, reason: 'The bot does not see this channel.', fix }
    return { canPost: false, reason: `Slack does not answer (${reason}).`, fix: 'Try again in a minute.' }
  }
}

function healthOf(problem: string | undefined): TransportHealth {
  if (problem === undefined) return { ok: true, detail: 'connected' }
  return { ok: false, detail: problem, fix: fixOf(problem) }
}

function fixOf(problem: string): string {
  if (/auth|token|account/.test(problem)) {
    return 'Copy the Bot User OAuth Token of the app into SLACK_BOT_TOKEN (and the app-level token into SLACK_APP_TOKEN).'
  }
  if (/scope/.test(problem))
    return 'Reinstall the app from the manifest: npm run -s expediter -- manifest slack'
  return 'Check the network; it is tried again by itself.'
}
