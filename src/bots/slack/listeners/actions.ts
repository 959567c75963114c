import type { App, BlockAction } from '@slack/bolt'
import { quoteWord } from '../../../domain/query/format.ts'
import { parseButtonId } from '../../button-id.ts'
import type { Asker } from '../../commands/command.ts'
import { dispatch } from '../../dispatch.ts'
import { noticeOf, type Pressed, press } from '../../press.ts'
import { type Answerer, directly, throughResponseUrl } from '../answer.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { type Picked, parsePickerId } from '../callback-ids.ts'
import { publishHome } from '../home.ts'
import { openForm } from '../open-form.ts'
import { once } from './once.ts'

/** Clicks on buttons and choices of selects, in messages and in the Home tab. */
export function onActions(app: App, bot: Bot): void {
  app.action(/.*/, async ({ ack, body, action }) => {
    await ack()
    if (body.type !== 'block_actions' || !('action_id' in action)) return
    // Slack sends clicks on links too; the page is open already.
    if ('url' in action && action.url) return
    const deed = deedOf(action)
    if (deed === undefined) return
    const place = placeOf(bot, body)
    await once(bot, body.trigger_id, place.answer, async () => {
      const asker = askerOf(bot, { ...place, channel: await place.channel() })
      await show(bot, body, place, asker, await deed(bot, asker))
      // What was done may have changed what stands there.
      if (place.inHome) await publishHome(bot, place)
    })
  })
}

type Deed = (bot: Bot, asker: Asker) => Promise<Pressed>

/** Undefined for what is not ours, or of a release that named it otherwise. */
function deedOf(action: object & { action_id: string }): Deed | undefined {
  const button = parseButtonId(action.action_id)
  if (button !== undefined) return (bot, asker) => press(bot.ctx, asker, button.ref, button.id)
  const picked = parsePickerId(action.action_id)
  const chosen = (action as { selected_option?: { value?: string } | null }).selected_option?.value
  if (picked === undefined || chosen === undefined) return undefined
  return async ({ ctx }, asker) => {
    return { kind: 'reply', reply: await dispatch(ctx, asker, LINES[picked](chosen)) }
  }
}

/** What a choice in the Home tab asks for. */
const LINES: Record<Picked, (chosen: string) => string> = {
  run: (ref) => `show ${ref}`,
  metric: (name) => `best ${quoteWord(name)}`,
  project: (name) => `runs in ${quoteWord(name)}`,
}

interface Place {
  team: string
  user: string
  name: string
  channelName: string | undefined
  inHome: boolean
  responseUrl: string | undefined
  answer: Answerer
  channel(): Promise<string>
}

/** Where it was clicked. What is clicked in the Home tab is answered in the conversation with the bot. */
function placeOf({ client, transport }: Bot, body: BlockAction): Place {
  const team = body.team?.id ?? body.user.team_id ?? ''
  const user = body.user.id
  const direct = async () => (await transport.direct(team, user)).channel
  const clicked = body.channel?.id
  const sight = { pictures: transport.pictures, workspace: team }
  return {
    team,
    user,
    name: body.user.name ?? body.user.username ?? user,
    channelName: body.channel?.name,
    inHome: body.view?.type === 'home',
    responseUrl: body.response_url,
    answer: body.response_url
      ? throughResponseUrl(body.response_url, sight)
      : directly(client, direct, sight),
    channel: clicked === undefined ? direct : async () => clicked,
  }
}

async function show(bot: Bot, body: BlockAction, place: Place, asker: Asker, result: Pressed): Promise<void> {
  const { answer, responseUrl } = place
  switch (result.kind) {
    case 'reply':
      return await answer.message(result.reply.message, `a:${result.reply.answerId}`)
    case 'notice':
      return await answer.notice(noticeOf(result))
    case 'form': {
      const failed = await openForm(bot, asker, body.trigger_id, { form: result.form, responseUrl })
      if (failed !== undefined) await answer.notice(`${failed} ${noticeOf(result)}`)
      return
    }
    default:
      return result satisfies never
  }
}
