import { problemsOfBlocks, type Surface } from '../check-slack-blocks.ts'
import { fileProblems } from './files.ts'
import { type Json, pingsIn, type State, type Stored } from './state.ts'
import { type ApiOptions, type Method, type Outcome, parsed, place, refusal } from './method.ts'

const scope = () => 'chat:write'

export const CHAT_METHODS: Record<string, Method> = {
  'chat.postMessage': { scope, run: post },
  'chat.update': { scope, run: ({ state }, args) => update(state, args) },
  'chat.postEphemeral': { scope, run: ({ state }, args) => postEphemeral(state, args) },
  'chat.unfurl': { scope: () => 'links:write', run: ({ state }, args) => unfurl(state, args) },
}

const lastPost = new WeakMap<State, Map<string, number>>()

function post({ state, limiter }: ApiOptions, args: Json): Outcome {
  // A person's id stands for the conversation with them.
  const channel = String(args.channel).startsWith('U') ? state.direct(args.channel) : String(args.channel)
  const refused = place(state, channel)
  if (refused !== undefined) return { ok: false, error: refused }
  const problem = contentProblem(state, args)
  if (problem !== undefined) return problem
  const times = lastPost.get(state) ?? new Map<string, number>()
  lastPost.set(state, times)
  const now = state.clock.now().getTime()
  if (limiter.perSecond && now - (times.get(channel) ?? 0) < 1_000) return { retryAfter: 1 }
  times.set(channel, now)
  if (args.thread_ts !== undefined && !state.messages.some(({ ts }) => ts === args.thread_ts))
    return { ok: false, error: 'thread_not_found' }
  const stored = state.store({
    channel,
    threadTs: args.thread_ts,
    text: args.text ?? '',
    blocks: parsed(args.blocks) ?? [],
    metadata: parsed(args.metadata),
    visibleTo: undefined,
  })
  return { ok: true, channel, ts: stored.ts, message: { text: stored.text, ts: stored.ts } }
}

function update(state: State, args: Json): Outcome {
  const message = state.message(args.channel, args.ts)
  if (message === undefined) return { ok: false, error: 'message_not_found' }
  if (message.user !== undefined) return { ok: false, error: 'cant_update_message' }
  const problem = contentProblem(state, args)
  if (problem !== undefined) return problem
  message.edits.push(message.text)
  Object.assign(message, {
    text: args.text ?? '',
    blocks: parsed(args.blocks) ?? [],
    metadata: parsed(args.metadata) ?? message.metadata,
  })
  message.pings.push(...pingsIn(message))
  return { ok: true, channel: args.channel, ts: args.ts, text: message.text }
}

function postEphemeral(state: State, args: Json): Outcome {
  const refused = place(state, args.channel)
  if (refused !== undefined) return { ok: false, error: refused }
  if (typeof args.user !== 'string') return { ok: false, error: 'user_not_in_channel' }
  const problem = contentProblem(state, args)
  if (problem !== undefined) return problem
  const { ts } = state.store({
    channel: args.channel,
    threadTs: args.thread_ts,
    text: args.text ?? '',
    blocks: parsed(args.blocks) ?? [],
    metadata: undefined,
    visibleTo: args.user,
  })
  return { ok: true, message_ts: ts }
}

/** Attaches previews to a message, or to one that is being written; each key must be an address as it was posted. */
function unfurl(state: State, args: Json): Outcome {
  const unfurls = parsed(args.unfurls) as Record<string, Json> | undefined
  if (unfurls === undefined || Object.keys(unfurls).length === 0)
    return { ok: false, error: 'missing_unfurls' }
  const target = unfurlTarget(state, args)
  if (typeof target === 'string') return { ok: false, error: target }
  for (const [url, { blocks = [] }] of Object.entries(unfurls)) {
    const domain = URL.parse(url)?.hostname
    const registered = state.manifest.features?.unfurl_domains ?? []
    if (!target.links.includes(url) || !registered.some((one) => one === domain))
      return { ok: false, error: 'cannot_unfurl_url' }
    const problem = blocksProblem(state, blocks, 'unfurl')
    if (problem !== undefined) return problem
  }
  for (const [url, content] of Object.entries(unfurls)) target.unfurls.set(url, content)
  target.done()
  return { ok: true }
}

interface UnfurlTarget {
  links: string[]
  unfurls: Map<string, Json>
  done(): void
}

function unfurlTarget(state: State, args: Json): UnfurlTarget | string {
  if (args.source === 'composer') {
    const composing = state.composing.get(args.unfurl_id)
    return composing === undefined ? 'invalid_unfurl_id' : { ...composing, done: () => {} }
  }
  if (args.channel === undefined || args.ts === undefined) return 'invalid_arguments'
  const message = state.message(args.channel, args.ts)
  if (message === undefined) return 'cannot_find_message'
  return { links: linksIn(message), unfurls: message.unfurls, done: () => (message.unfurled += 1) }
}

/** `<https://...|label>` is what a posted address looks like in a message's text. */
export function linksIn({ text }: Pick<Stored, 'text'>): string[] {
  return [...text.matchAll(/<(https?:[^|>]+)(?:\|[^>]*)?>/g)].map(([, url = '']) =>
    url.replaceAll('&amp;', '&'),
  )
}

/** Refuses what Block Kit does not take; a missing top-level text is noted, for it is what notifications show. */
export function contentProblem(state: State, { text, blocks: raw }: Json): Json | undefined {
  if (typeof text !== 'string' || text === '') state.violations.push('a message without top-level text')
  if (typeof text === 'string' && text.length > 40_000) return { ok: false, error: 'msg_too_long' }
  const blocks = parsed(raw)
  return blocks === undefined ? undefined : blocksProblem(state, blocks, 'message')
}

function blocksProblem(state: State, blocks: Json[], surface: Surface): Json | undefined {
  const problems = problemsOfBlocks(blocks, surface)
  if (!state.knowsTables && blocks.some((block: Json) => block.type === 'table'))
    problems.push('unsupported type: table [json-pointer:/blocks]')
  if (problems.length === 0) problems.push(...fileProblems(state, blocks))
  return problems.length === 0 ? undefined : refusal('invalid_blocks', problems)
}
