import { createHash } from 'node:crypto'
import { DiscordAPIError, REST, Routes } from 'discord.js'
import type { Pictures } from '../../charts/pictures.ts'
import type { DiscordConfig } from '../../config.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import { cut } from '../../messages/build.ts'
import {
  type Address,
  type ChatTransport,
  DeliveryError,
  type Posted,
  type TransportHealth,
} from '../transport.ts'
import { toDeliveryError } from './errors.ts'
import { grantFix, PERMISSIONS } from './permissions.ts'
import { preparePictures, readyPictures, withOrWithout } from './pictures.ts'
import { type DiscordPictures, pictureFiles } from './render-pictures.ts'
import { refOfMessage, renderDiscord } from './render.ts'

const PAGE = 100
const PAGES = 10
const DISCORD_EPOCH_MS = 1_420_070_400_000
const THREAD_EXISTS = 160004
/** Of a channel's type: a thread has no threads. */
const NOT_HERE = 50024
const UNKNOWN_CHANNEL = 10003

export interface DiscordTransport extends ChatTransport {
  rest: REST
  pictures: Pictures
  setProblem(problem: string | undefined): void
  /** What does not work although the connection does. */
  restrict(what: string): void
  restriction(): string | undefined
}

/** Posts through REST. The client never retries by itself, and every post carries a nonce that Discord enforces. */
export function createDiscordTransport(
  config: DiscordConfig,
  timeoutMs: number,
  pictures: Pictures,
): DiscordTransport {
  const rest = new REST({
    api: config.apiUrl,
    retries: 0,
    timeout: timeoutMs,
    rejectOnRateLimit: () => true,
  }).setToken(config.token)
  let problem: string | undefined
  let restriction: string | undefined
  const setProblem = (text: string | undefined) => {
    problem = text
  }
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const answer = await work()
      setProblem(undefined)
      return answer
    } catch (error) {
      // One 401 makes the client forget its token: it may have been a passing fault.
      if (error instanceof DiscordAPIError && error.status === 401) rest.setToken(config.token)
      const failure = toDeliveryError(error)
      if (failure.kind === 'unreachable') setProblem(failure.reason)
      throw failure
    }
  }
  return {
    rest,
    pictures,
    setProblem,
    restrict: (what) => {
      restriction = what
    },
    restriction: () => restriction,
    platform: 'discord',
    // Discord sends its limits with every answer and refuses requests that are too fast; no pace has to be guessed.
    minPostIntervalMs: 0,
    render: (message, ref) => void renderDiscord(message, ref),
    prepare: (_to, message, signal) => preparePictures(pictures, message, signal),
    post: (to, message, ref, signal) =>
      call(() => post(rest, to, message, ref, readyPictures(pictures, message), signal)),
    edit: (to, externalId, message, ref, signal) =>
      call(async () => {
        const route = Routes.channelMessage(to.thread ?? to.channel, externalId)
        await withOrWithout(readyPictures(pictures, message), async (shown) => {
          const body = renderDiscord(message, ref, { ping: false, pictures: shown })
          await rest.patch(route, { body, files: pictureFiles(body.attachments, shown), signal })
        })
      }),
    find: (to, ref, since, signal) => call(() => find(rest, to, ref, since, signal)),
    membership: (to) => membership(rest, to),
    direct: async (workspace, userId) => {
      const channel = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as {
        id: string
      }
      return { platform: 'discord', workspace, channel: channel.id }
    },
    health: () => healthOf(problem, restriction),
  }
}

async function post(
  rest: REST,
  to: Address,
  message: Message,
  ref: MessageRef,
  pictures: DiscordPictures,
  signal: AbortSignal,
): Promise<Posted> {
  const channel =
    to.thread === undefined ? to.channel : await openThread(rest, to, to.thread, message, signal)
  const sent = await withOrWithout(pictures, async (shown) => {
    const content = renderDiscord(message, ref, { pictures: shown })
    const body = { ...content, nonce: nonceOf(channel, ref), enforce_nonce: true }
    const files = pictureFiles(content.attachments, shown)
    return (await rest.post(Routes.channelMessages(channel), { body, files, signal })) as { id: string }
  })
  if (typeof sent?.id !== 'string') throw new DeliveryError('ambiguous', 'an answer without id')
  const url =
    to.workspace === '' ? {} : { url: `https://discord.com/channels/${to.workspace}/${channel}/${sent.id}` }
  return { externalId: sent.id, ...url }
}

/** A thread that starts from a message has the message's id; started before, it is the same one. */
async function openThread(
  rest: REST,
  to: Address,
  parent: string,
  message: Message,
  signal: AbortSignal,
): Promise<string> {
  try {
    const body = { name: cut(message.fallback, 90) || 'Details', auto_archive_duration: 1440 }
    const thread = (await rest.post(Routes.threads(to.channel, parent), { body, signal })) as { id: string }
    return thread.id
  } catch (error) {
    if (error instanceof DiscordAPIError && error.code === THREAD_EXISTS) return parent
    if (error instanceof DiscordAPIError && error.code === NOT_HERE) return to.channel
    throw error
  }
}

/** Within a few minutes Discord answers a repeated nonce with the message that it stored. At most 25 characters. */
function nonceOf(channel: string, ref: MessageRef): string {
  return createHash('sha256').update(`${channel} ${ref}`).digest('base64url').slice(0, 25)
}

async function find(
  rest: REST,
  to: Address,
  ref: MessageRef,
  since: Date,
  signal: AbortSignal,
): Promise<Posted | undefined> {
  const channel = to.thread ?? to.channel
  let after = snowflakeAt(since)
  for (let page = 0; page < PAGES; page++) {
    const query = new URLSearchParams({ after, limit: String(PAGE) })
    const messages = await readPage(rest, channel, query, signal)
    if (messages === undefined) {
      // In a channel that is a thread itself, what belongs under a message stands beside it.
      const { thread, ...beside } = to
      return thread === undefined ? undefined : await find(rest, beside, ref, since, signal)
    }
    const ours = messages.find((message) => refOfMessage(message) === ref)
    if (ours !== undefined) return { externalId: ours.id }
    if (messages.length < PAGE) return undefined
    after = messages.map(({ id }) => id).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b))
  }
  throw new DeliveryError('ambiguous', 'too many messages to look through')
}

type FetchedMessage = Parameters<typeof refOfMessage>[0] & { id: string }

/** Undefined: the channel is not there, or the thread was never started, so nothing can stand in it. */
async function readPage(
  rest: REST,
  channel: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<FetchedMessage[] | undefined> {
  try {
    return (await rest.get(Routes.channelMessages(channel), { query, signal })) as FetchedMessage[]
  } catch (error) {
    if (error instanceof DiscordAPIError && error.code === UNKNOWN_CHANNEL) return undefined
    throw error
  }
}

function snowflakeAt(date: Date): string {
  return String(BigInt(Math.max(0, date.getTime() - DISCORD_EPOCH_MS)) << 22n)
}

async function membership(rest: REST, to: Address): ReturnType<ChatTransport['membership']> {
  try {
    const channel = (await rest.get(Routes.channel(to.channel))) as { name?: string }
    return channel.name === undefined ? { canPost: true } : { canPost: true, name: channel.name }
  } catch (error) {
    const { kind, reason } = toDeliveryError(error)
    if (kind === 'refused')
      return {
        canPost: false,
        reason: 'The bot does not see this channel.',
        fix: grantFix(PERMISSIONS.map(({ name }) => name)),
      }
    return { canPost: false, reason: `Discord does not answer (${reason}).`, fix: 'Try again in a minute.' }
  }
}

function healthOf(problem: string | undefined, restriction: string | undefined): TransportHealth {
  if (problem === undefined)
    return { ok: true, detail: restriction === undefined ? 'connected' : `connected; ${restriction}` }
  const fix = /401|token/i.test(problem)
    ? "Copy the bot's token from the Discord developer portal into DISCORD_TOKEN."
    : 'Check the network; it is tried again by itself.'
  return { ok: false, detail: problem, fix }
}
