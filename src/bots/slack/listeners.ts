import type { AnyMiddlewareArgs, App, NextFn } from '@slack/bolt'
import { messageOf } from '../../errors.ts'
import type { Bot } from './bot.ts'
import { isOurs } from './identity.ts'
import { onActions } from './listeners/actions.ts'
import { onCommands } from './listeners/commands.ts'
import { onHome } from './listeners/home.ts'
import { onMessages } from './listeners/messages.ts'
import { onOptions } from './listeners/options.ts'
import { onReactions } from './listeners/reactions.ts'
import { onShortcuts } from './listeners/shortcuts.ts'
import { onLinks } from './listeners/unfurls.ts'
import { onViews } from './listeners/views.ts'
import { failed } from './process-body.ts'

/** Bolt's name for it is not exported. */
type Failure = Parameters<Parameters<App['error']>[0]>[0]

/** Everything that Slack sends. Each kind has one listener: an event that none acknowledges is an error for the user. */
export function registerListeners(app: App, bot: Bot): void {
  const { log } = bot.ctx
  app.use(async (args) => await onlyOurs(bot, args))
  onCommands(app, bot)
  onActions(app, bot)
  onViews(app, bot)
  onOptions(app, bot)
  onShortcuts(app, bot)
  onMessages(app, bot)
  onReactions(app, bot)
  onLinks(app, bot)
  onHome(app, bot)
  app.error(async ({ error, context }: Failure) => {
    failed(context, error)
    log.warn({ error: messageOf(error) }, 'Slack: a listener failed')
  })
}

/** Strangers in a channel that companies share get no answer. */
async function onlyOurs(
  { ctx, whoWeAre }: Bot,
  { body, next, ...rest }: AnyMiddlewareArgs & { next: NextFn },
): Promise<void> {
  if (isOurs(await whoWeAre(), body)) return await next()
  ctx.log.info('Slack: something from another workspace was left alone')
  const { ack } = rest as { ack?: () => Promise<void> }
  await ack?.()
}
