import type { Ctx } from '../../context.ts'
import { shownReaction } from '../../domain/labels/reactions.ts'
import { votesOfMessage } from '../../domain/labels/votes-of-message.ts'
import { notFound } from '../../errors.ts'
import type { Asker } from '../commands/command.ts'
import { accountOf } from '../commands/parts.ts'
import { requireChange } from '../dispatch.ts'
import { receiveReaction, messageKeyText, type ReactionOutcome } from '../thread-events.ts'
import { consolePlace } from './place.ts'

/** A reaction that the console offers: the first one of each label. */
export interface OfferedReaction {
  reaction: string
  /** The emoji, or the name where we know none. */
  shown: string
  label: string
  /** Who gave it to this message, readable. */
  by: string[]
  mine: boolean
}

/** What somebody may react with to a post, and who did. */
export async function reactionsOn(
  ctx: Pick<Ctx, 'db' | 'reactions'>,
  account: string,
  post: number,
): Promise<OfferedReaction[]> {
  const words = await votesOfMessage(ctx, messageKeyText(consolePlace(post)))
  const offered = new Map<string, string>()
  for (const [reaction, label] of ctx.reactions) if (!offered.has(label)) offered.set(label, reaction)
  return [...offered].map(([label, reaction]) => {
    const shown = shownReaction(reaction)
    const own = words.filter(({ source }) => source.endsWith(` ${shown}`))
    return {
      reaction,
      shown,
      label,
      by: own.map(({ name }) => name),
      mine: own.some((word) => word.account === account),
    }
  })
}

let last = 0

/** Later than every version before it, however short the time between two clicks. */
function nextVersion(ctx: Pick<Ctx, 'clock'>): number {
  last = Math.max(last + 1, ctx.clock.now().getTime() * 1_000)
  return last
}

/** Puts a reaction on a post, or takes one's own off. @throws AppError not_found for a post that is about no run */
export async function reactOnConsole(
  ctx: Ctx,
  asker: Asker,
  post: number,
  reaction: string,
): Promise<ReactionOutcome> {
  requireChange(asker)
  const offered = await reactionsOn(ctx, accountOf(asker), post)
  const mine = offered.some((one) => one.reaction === reaction && one.mine)
  const outcome = await receiveReaction(ctx, {
    place: consolePlace(post),
    reaction,
    account: asker.userId,
    name: asker.name,
    added: !mine,
    version: nextVersion(ctx),
    ...(asker.admin === undefined ? {} : { admin: asker.admin }),
  })
  if (outcome !== undefined) return outcome
  throw notFound('This message is about no run: a reaction says nothing of it.', {
    field: 'message',
    value: post,
  })
}
