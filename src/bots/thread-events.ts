import type { Ctx } from '../context.ts'
import type { Platform } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { requireAdmin } from '../domain/people/admins.ts'
import type { Actor } from '../domain/actor.ts'
import { runsOfMessage as findRunsOfMessage } from '../domain/deliveries/runs-of-message.ts'
import { INVALIDATE } from '../domain/invalidation/invalidate-run.ts'
import { markRun } from '../domain/invalidation/mark-run.ts'
import { setLabel } from '../domain/labels/give-label.ts'
import { INVALID, type LabelVote } from '../domain/labels/label-run.ts'
import { labelOfReaction, shownReaction } from '../domain/labels/reactions.ts'
import { votesOfMessage } from '../domain/labels/votes-of-message.ts'
import { storeMessageNote, deleteMessageNote } from '../domain/notes/store-message-note.ts'
import { accountKey } from '../domain/people/account.ts'
import { personOf } from '../domain/people/person-of.ts'
import { AppError } from '../errors.ts'

/**
 * A message by the platform's ids. A message in a Discord thread has the thread's parent as its channel, so that it
 * is the same message whichever platform event names it.
 */
export interface MessageKey {
  platform: Platform
  workspace: string
  channel: string
  message: string
}

/** A human's message under one of ours. */
export interface ReceivedMessage {
  place: MessageKey
  /** Id of the message that it replies to, or of the thread's first message. */
  parent: string
  text: string
  /** The platform's user id. */
  account: string
  name: string
  permalink?: string
  /** When it was last changed, at first when it was written: ms since 1970 by the platform's clock. */
  version: number
}

/** A reaction that came or went. */
export interface ReceivedReaction {
  place: MessageKey
  /** Slack's short name or the emoji itself. */
  reaction: string
  account: string
  name: string
  roles?: string[]
  /** Where the platform gives a role's members only on request. */
  inRole?: (role: string) => Promise<boolean>
  /** A token with the scope admin, on the console. */
  admin?: true
  added: boolean
  /** Microseconds since 1970. */
  version: number
}

/** What an event of a thread led to; `refusal` says why nothing was done, for the one who reacted alone. */
export interface ReactionOutcome {
  label: string
  /** Whether it was news and was done. */
  done: boolean
  refusal?: string
}

/**
 * A reply under a message of ours was written or edited: it is a note on the run that the message is about first.
 * Events may come twice and in any order; the newest version wins.
 */
export async function receiveReply(
  ctx: Ctx,
  heard: ReceivedMessage,
): Promise<'noted' | 'known' | 'not-ours'> {
  const { place } = heard
  const of = await runsOfMessage(ctx, { ...place, message: heard.parent })
  const runId = of?.runIds[0]
  if (of === undefined || runId === undefined) return 'not-ours'
  const who = { platform: place.platform, workspace: place.workspace, account: heard.account }
  const author = (await personOf(ctx, who)) ?? heard.name
  const news = await transaction(ctx.db, (trx) =>
    storeMessageNote(trx, ctx, actorAt(place, heard.name), {
      source: messageKeyText(place),
      version: heard.version,
      projectId: of.projectId,
      runIds: [runId],
      text: heard.text.trim(),
      author,
      account: accountKey(who),
      permalink: heard.permalink,
    }),
  )
  return news ? 'noted' : 'known'
}

/** A message was deleted: if it was a note, the note is deleted, and later events of that message change nothing. @returns whether it was one */
export async function receiveDelete(ctx: Ctx, place: MessageKey): Promise<boolean> {
  return await transaction(ctx.db, (trx) =>
    deleteMessageNote(trx, ctx, actorAt(place, '').origin, messageKeyText(place)),
  )
}

/**
 * A reaction on a message of ours came or went: some are labels of the run that the message is about first. One that
 * went takes its label from the run that it was given to, also when the message is about another one by now.
 * @returns undefined when the message is not ours or the reaction means nothing
 */
export async function receiveReaction(
  ctx: Ctx,
  heard: ReceivedReaction,
): Promise<ReactionOutcome | undefined> {
  const { place, reaction, name, added, version } = heard
  const label = labelOfReaction(ctx.reactions, reaction)
  if (label === undefined) return undefined
  const of = await runsOfMessage(ctx, place)
  const runId = of?.runIds[0]
  if (of === undefined || runId === undefined) return undefined
  const account = accountKey({ ...place, account: heard.account })
  const source = `${messageKeyText(place)} ${shownReaction(reaction)}`
  const word = { key: { projectId: of.projectId, runId }, label, account, name, source }
  if (added) {
    const refusal = label === INVALID ? await refusalOf(ctx, heard, account) : undefined
    if (refusal !== undefined) return { label, done: false, refusal }
    return { label, done: await say(ctx, place, { ...word, present: true, version }) }
  }
  const given = (await votesOfMessage(ctx, messageKeyText(place))).filter(
    (one) => one.account === account && one.source === source,
  )
  let done = false
  for (const one of given.length === 0 ? [word] : given) {
    done = (await say(ctx, place, { ...one, present: false, version })) || done
  }
  return { label, done }
}

/** All reactions of a message were cleared at once, or all of one emoji: their labels are removed, of all people. */
export async function receiveCleared(
  ctx: Ctx,
  { place, reaction, version }: { place: MessageKey; reaction?: string; version: number },
): Promise<void> {
  const given = await votesOfMessage(ctx, messageKeyText(place))
  const end = reaction === undefined ? '' : ` ${shownReaction(reaction)}`
  for (const word of given.filter(({ source }) => source.endsWith(end))) {
    await say(ctx, place, { ...word, present: false, version })
  }
}

async function say(ctx: Ctx, place: MessageKey, word: LabelVote): Promise<boolean> {
  const actor = actorAt(place, word.name)
  if (word.label !== INVALID) return await transaction(ctx.db, (trx) => setLabel(trx, ctx, actor, word))
  return await transaction(ctx.db, (trx) =>
    markRun(trx, ctx, actor, word, (mark) => `marked ${markOf(mark.source)} by ${mark.name}`),
  )
}

/** Taking a reaction off needs no right: it can only undo what the reaction did. */
async function refusalOf(
  ctx: Ctx,
  { roles, inRole, admin }: ReceivedReaction,
  account: string,
): Promise<string | undefined> {
  const who = {
    account,
    ...(roles === undefined ? {} : { roles }),
    ...(inRole === undefined ? {} : { inRole }),
    ...(admin === undefined ? {} : { admin }),
  }
  try {
    await requireAdmin(ctx, who, INVALIDATE)
    return undefined
  } catch (error) {
    if (error instanceof AppError && error.code === 'forbidden') return error.message
    throw error
  }
}

/** The runs that a message of ours is about, the one that is annotated first at the front; replies count as their parent. */
export async function runsOfMessage(
  ctx: Ctx,
  place: MessageKey,
): Promise<{ projectId: number; runIds: string[]; url: string | null } | undefined> {
  return await findRunsOfMessage(ctx, place)
}

/** A message as notes and labels name their source: 'slack:T1:C1:1700.1'. */
export function messageKeyText({ platform, workspace, channel, message }: MessageKey): string {
  return `${platform}:${workspace}:${channel}:${message}`
}

/** The reaction at the end of a label's source. */
function markOf(source: string): string {
  return source.slice(source.lastIndexOf(' ') + 1)
}

function actorAt({ platform, workspace }: MessageKey, name: string): Actor {
  return { name, origin: workspace === '' ? platform : `${platform}:${workspace}` }
}
