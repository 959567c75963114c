import type { KnownBlock } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import { messageOf } from '../../errors.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import { isBlocksRefusal, toDeliveryError } from './errors.ts'
import { PICTURES_MS } from '../transport.ts'
import { type RenderOptions, renderSlack } from './render.ts'
import { noticeText } from './render-text.ts'
import type { SlackTransport } from './transport.ts'

/** Sends a person a message that nobody else sees. */
export interface Answerer {
  message(message: Message, ref: MessageRef): Promise<void>
  /** One line. */
  notice(text: string): Promise<void>
}

interface Content {
  text: string
  blocks?: KnownBlock[]
}

type Send = (content: Content) => Promise<unknown>

const CALL_MS = 15_000

/** Slack's own word for why it did not take an answer. */
class AnswerRefusedError extends Error {
  readonly word: string

  constructor(word: string) {
    super(`Slack refused an answer: ${word}`)
    this.name = 'AnswerRefusedError'
    this.word = word
  }
}

/** An answer that may have been shown or not: nothing that could be a second one may follow. */
export class AnswerLostError extends Error {
  constructor(cause: unknown) {
    super(`an answer may be lost: ${messageOf(cause)}`, { cause })
    this.name = 'AnswerLostError'
  }
}

/** Where the pictures of an answer come from. */
export interface Sight {
  pictures: SlackTransport['pictures']
  workspace: string
}

/** Where the question was asked, seen by the asker alone; five times, within half an hour. Works without the bot too. */
export function throughResponseUrl(url: string, sight?: Sight): Answerer {
  return answerer(async (content) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...content }),
      signal: AbortSignal.timeout(CALL_MS),
      redirect: 'error',
    })
    const word = refusalIn(answer.status, await answer.text())
    if (word !== undefined) throw new AnswerRefusedError(word)
  }, sight)
}

/** In a channel with the bot, seen by one person alone. */
export function ephemeral(client: WebClient, channel: string, user: string): Answerer {
  return answerer((content) => client.chat.postEphemeral({ channel, user, ...content }))
}

/** In the conversation with the bot; `channelOf` finds it when there is something to say. */
export function directly(client: WebClient, channelOf: () => Promise<string>, sight?: Sight): Answerer {
  return answerer(async (content) => {
    const channel = await channelOf()
    await client.chat.postMessage({ channel, ...content, unfurl_links: false, unfurl_media: false })
  }, sight)
}

/** The first way that works; a way that may have worked is the last one tried. */
export function firstOf(...ways: Answerer[]): Answerer {
  const attempt = async (say: (way: Answerer) => Promise<void>) => {
    for (const [index, way] of ways.entries()) {
      try {
        return await say(way)
      } catch (error) {
        if (index === ways.length - 1 || !isDefinite(error)) throw error
      }
    }
  }
  return {
    message: (message, ref) => attempt((way) => way.message(message, ref)),
    notice: (text) => attempt((way) => way.notice(text)),
  }
}

/** Only a refusal says that nothing was shown. After trouble on the way the same could be shown twice. */
function isDefinite(error: unknown): boolean {
  if (error instanceof AnswerRefusedError) return true
  const { kind } = toDeliveryError(error)
  return kind !== 'ambiguous' && kind !== 'internal'
}

/** What Slack refuses is sent again with less, and only then: pictures first, then tables. */
function answerer(send: Send, sight?: Sight): Answerer {
  return {
    message: async (message, ref) => {
      const files = await filesOf(sight, message)
      const ways: RenderOptions[] = [...(files.size === 0 ? [] : [{ files }]), {}, { native: false }]
      for (const [index, way] of ways.entries()) {
        try {
          return void (await send(renderSlack(message, ref, way)))
        } catch (error) {
          if (!isDefinite(error)) throw new AnswerLostError(error)
          if (!refusesBlocks(error) || index === ways.length - 1) throw error
          // It may be the pictures, which somebody may have deleted.
          if (way.files !== undefined) await sight?.pictures.forget(sight.workspace, way.files)
        }
      }
    },
    notice: async (text) => void (await send({ text: noticeText(text) })),
  }
}

async function filesOf(sight: Sight | undefined, message: Message): Promise<ReadonlyMap<string, string>> {
  if (sight === undefined) return new Map()
  await sight.pictures.prepare(sight.workspace, message, AbortSignal.timeout(PICTURES_MS.answer))
  return await sight.pictures.files(sight.workspace, message)
}

const BLOCKS = /invalid_blocks|msg_blocks_too_long/

function refusesBlocks(error: unknown): boolean {
  return error instanceof AnswerRefusedError ? BLOCKS.test(error.word) : isBlocksRefusal(error)
}

/** A refusal comes as a status or, in JSON, under 200. Undefined when the answer was shown, or may have been. */
function refusalIn(status: number, body: string): string | undefined {
  const [, told] = /"error"\s*:\s*"(\w+)"/.exec(body) ?? []
  if (told !== undefined && /"ok"\s*:\s*false/.test(body)) return told
  if (status >= 400 && status < 500) return body.trim().slice(0, 100) || `HTTP ${status}`
  if (status >= 500 && BLOCKS.test(body)) return body.trim().slice(0, 100)
  if (status >= 500) throw new Error(`HTTP ${status} from a response URL`)
  return undefined
}
