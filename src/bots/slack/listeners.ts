import type { App, RespondFn } from '@slack/bolt'
import type { Ctx } from '../../context.ts'
import { seeEvent } from '../../domain/channels/see-event.ts'
import { messageOf } from '../../errors.ts'
import type { Message, MessageRef } from '../../messages/model.ts'
import { parseButtonId } from '../button-id.ts'
import type { Asker } from '../commands/command.ts'
import { dispatch } from '../dispatch.ts'
import { noticeOf, press } from '../press.ts'
import { PICTURES_MS } from '../transport.ts'
import { type RenderOptions, renderSlack } from './render.ts'
import { isRefusedAnswer } from './errors.ts'
import { noticeText } from './render-text.ts'
import { unescapeSlack } from './text.ts'
import type { SlackTransport } from './transport.ts'

/** Slash commands and clicks. Each is acknowledged before anything else is done, then answered through its response URL. */
export function registerListeners(app: App, ctx: Ctx, transport: SlackTransport): void {
  app.command(/.*/, async ({ ack, body, respond }) => {
    await ack()
    await answering(ctx, respond, body.trigger_id, async () => {
      const asker = askerOf(transport, {
        team: body.team_id,
        user: body.user_id,
        name: body.user_name,
        channel: body.channel_id,
        channelName: body.channel_name,
      })
      const reply = await dispatch(ctx, asker, unescapeSlack(body.text ?? ''))
      await say(transport, body.team_id, respond, reply.message, `a:${reply.answerId}`)
    })
  })
  app.action(/.*/, async ({ ack, body, respond, action }) => {
    await ack()
    const button = 'action_id' in action ? parseButtonId(action.action_id) : undefined
    if (button === undefined || body.type !== 'block_actions') return
    // Slack tells of these clicks too; the page is open already.
    if ('url' in action && action.url) return
    await answering(ctx, respond, body.trigger_id, async () => {
      const asker = askerOf(transport, {
        team: body.team?.id ?? body.user.team_id ?? '',
        user: body.user.id,
        name: body.user.name ?? body.user.username ?? body.user.id,
        channel: body.channel?.id ?? '',
        channelName: body.channel?.name,
      })
      const result = await press(ctx, asker, button.ref, button.id)
      if (result.kind === 'reply')
        await say(transport, asker.workspace, respond, result.reply.message, `a:${result.reply.answerId}`)
      else
        await respond({
          response_type: 'ephemeral',
          replace_original: false,
          text: noticeText(noticeOf(result)),
        })
    })
  })
  // Each kind needs a listener of its own: what nobody acknowledges is an error in front of the user.
  app.view(/.*/, async ({ ack }) => await ack())
  app.options(/.*/, async ({ ack }) => await ack({ options: [] }))
  app.shortcut(/.*/, async ({ ack }) => await ack())
  app.error(async (error) => ctx.log.warn({ error: messageOf(error) }, 'Slack: a listener failed'))
}

interface Where {
  team: string
  user: string
  name: string
  channel: string
  channelName: string | undefined
}

function askerOf(transport: SlackTransport, { team, user, name, channel, channelName }: Where): Asker {
  return {
    platform: 'slack',
    workspace: team,
    userId: user,
    name,
    channel,
    ...(channelName === undefined ? {} : { channelName }),
    membership: () => transport.membership({ platform: 'slack', workspace: team, channel }),
  }
}

/** Once per trigger, whatever Slack repeats; a defect of ours is told to the one who asked, and to the log. */
async function answering(
  ctx: Ctx,
  respond: RespondFn,
  triggerId: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    if (triggerId !== undefined && !(await seeEvent(ctx, 'slack', triggerId))) return
    await work()
  } catch (error) {
    ctx.log.error({ error: messageOf(error) }, 'Slack: no answer')
    await respond({
      response_type: 'ephemeral',
      replace_original: false,
      text: 'That did not work: the tracker has a problem of its own. Please try again in a minute.',
    }).catch(() => {})
  }
}

/** Seen by the asker alone. What Slack refuses is sent again with less: pictures first, then tables. */
async function say(
  { pictures }: SlackTransport,
  workspace: string,
  respond: RespondFn,
  message: Message,
  ref: MessageRef,
): Promise<void> {
  await pictures.prepare(workspace, message, AbortSignal.timeout(PICTURES_MS.answer))
  const files = await pictures.files(workspace, message)
  const ways: RenderOptions[] = [...(files.size === 0 ? [] : [{ files }]), {}, { native: false }]
  for (const [index, way] of ways.entries()) {
    const { text, blocks } = renderSlack(message, ref, way)
    try {
      return void (await respond({ response_type: 'ephemeral', replace_original: false, text, blocks }))
    } catch (error) {
      // Anything but a refusal may have been shown already.
      if (!isRefusedAnswer(error) || index === ways.length - 1) throw error
      // It may be the pictures, which somebody may have deleted.
      if (way.files !== undefined) await pictures.forget(workspace, way.files)
    }
  }
}
