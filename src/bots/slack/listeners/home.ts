import type { App } from '@slack/bolt'
import type { Bot } from '../bot.ts'
import { publishHome } from '../home.ts'
import { attempt } from './attempt.ts'
import { onEvent, textIn } from './on-event.ts'

/** Somebody opens the Home tab: it is made for them. */
export function onHome(app: App, bot: Bot): void {
  onEvent(app, bot, 'app_home_opened', async (event, team) => {
    const user = textIn(event, 'user')
    if (user === undefined || textIn(event, 'tab') === 'messages') return
    await attempt(bot, 'no Home tab', () => publishHome(bot, { team, user, name: user }))
  })
}
