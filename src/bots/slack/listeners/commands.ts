import type { App } from '@slack/bolt'
import { dispatch } from '../../dispatch.ts'
import { throughResponseUrl } from '../answer.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { unescapeSlack } from '../text.ts'
import { once } from './once.ts'

/** What follows /exp. Acknowledged before anything else is done, then answered through its response URL. */
export function onCommands(app: App, bot: Bot): void {
  app.command(/.*/, async ({ ack, body }) => {
    await ack()
    const answer = throughResponseUrl(body.response_url, {
      pictures: bot.transport.pictures,
      workspace: body.team_id,
    })
    await once(bot, body.trigger_id, answer, async () => {
      const asker = askerOf(bot, {
        team: body.team_id,
        user: body.user_id,
        name: body.user_name,
        channel: body.channel_id,
        channelName: body.channel_name,
      })
      const reply = await dispatch(bot.ctx, asker, unescapeSlack(body.text ?? ''))
      await answer.message(reply.message, `a:${reply.answerId}`)
    })
  })
}
