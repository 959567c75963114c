import type { App } from '@slack/bolt'
import { labelOfReaction } from '../../../domain/labels/reactions.ts'
import { receiveReaction, type MessageKey } from '../../thread-events.ts'
import { ephemeral } from '../answer.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { isAboutRuns } from '../our-message.ts'
import { microsOf } from '../ts.ts'
import { onEvent, partIn, type SlackEvent, textIn } from './on-event.ts'

/** Some reactions on our messages are labels of the run that a message is about. */
export function onReactions(app: App, bot: Bot): void {
  for (const [type, added] of [
    ['reaction_added', true],
    ['reaction_removed', false],
  ] as const)
    onEvent(app, bot, type, (event, team) => reacted(bot, event, team, added))
}

async function reacted(bot: Bot, event: SlackEvent, team: string, added: boolean): Promise<void> {
  const { ctx, client, people } = bot
  const [reaction, user] = [textIn(event, 'reaction'), textIn(event, 'user')]
  const [channel, message] = ['channel', 'ts'].map((field) => textIn(partIn(event, 'item'), field))
  const version = microsOf(textIn(event, 'event_ts'))
  if (reaction === undefined || user === undefined || channel === undefined) return
  if (message === undefined || version === undefined) return
  const place: MessageKey = { platform: 'slack', workspace: team, channel, message }
  // Most reactions are no labels: for those Slack is not asked for the message.
  if (labelOfReaction(ctx.reactions, reaction) === undefined) return
  if (!(await isAboutRuns(bot, place, textIn(event, 'item_user')))) return
  if (await isStranger(bot, user)) return
  const name = await people.nameOf(user)
  const { inRole } = askerOf(bot, { team, user, name, channel })
  const heard = { place, reaction, account: user, name, added, version }
  const outcome = await receiveReaction(ctx, { ...heard, ...(inRole === undefined ? {} : { inRole }) })
  if (outcome?.refusal !== undefined) await ephemeral(client, channel, user).notice(outcome.refusal)
}

/** Somebody of another company in a channel that both share. */
async function isStranger({ people, whoWeAre }: Bot, user: string): Promise<boolean> {
  const [team, identity] = [await people.teamOf(user), await whoWeAre()]
  return (
    team !== undefined &&
    identity !== undefined &&
    identity.enterprise === undefined &&
    team !== identity.team
  )
}
