import type { ActionsBlock, KnownBlock } from '@slack/types'
import type { Asker } from '../commands/command.ts'
import { keep } from '../dispatch.ts'
import { homeMessage } from '../home.ts'
import { askerOf } from './asker.ts'
import type { Bot } from './bot.ts'
import { type Picked, pickerId } from './callback-ids.ts'
import { SLACK } from './limits.ts'
import { renderSlack } from './render.ts'

/** Shows somebody their Home tab as it is now. Its buttons work for a day, and it is made anew each time it is opened. */
export async function publishHome(
  bot: Bot,
  who: { team: string; user: string; name: string },
): Promise<void> {
  const asker = askerOf(bot, { ...who, channel: '' })
  await bot.client.views.publish({
    user_id: who.user,
    view: { type: 'home', blocks: await homeBlocks(bot, asker) },
  })
}

async function homeBlocks({ ctx }: Bot, asker: Asker): Promise<KnownBlock[]> {
  const message = await homeMessage(ctx, asker)
  const { answerId } = await keep(ctx, asker, 'home', 'home', { message, data: null })
  // Neither tables nor charts have a place in a Home tab.
  const { blocks } = renderSlack(message, `a:${answerId}`, { native: false, room: SLACK.viewJson })
  return [...blocks, PICKERS]
}

const PICKERS: ActionsBlock = {
  type: 'actions',
  elements: [
    picker('run', 'Find a run'),
    picker('metric', 'Best by a metric'),
    picker('project', 'Runs of a project'),
  ],
}

function picker(kind: Picked, label: string): ActionsBlock['elements'][number] {
  return {
    type: 'external_select',
    action_id: pickerId(kind),
    min_query_length: 0,
    placeholder: { type: 'plain_text', text: label, emoji: false },
  }
}
