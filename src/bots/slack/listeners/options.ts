import type { App, BlockSuggestion } from '@slack/bolt'
import { findNamedRuns } from '../../../domain/runs/read/find-named-runs.ts'
import { findRun } from '../../../domain/runs/read/find-run.ts'
import { messageOf } from '../../../errors.ts'
import { cut } from '../../../messages/build.ts'
import { cleanLine } from '../../../messages/clean.ts'
import type { Asker } from '../../commands/command.ts'
import { scopeOf } from '../../commands/parts.ts'
import { type Completion, complete } from '../../complete.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { parsePickerId, type Picked } from '../callback-ids.ts'
import { channelIn } from '../form-view.ts'
import { SLACK } from '../limits.ts'

/** Slack waits three seconds; an empty list is better than an error for the person who types. */
const ANSWER_TIMEOUT_MS = 2_000

/** The option of a command that a select completes as. */
const OPTIONS: Record<Picked, { command: string; option: string }> = {
  run: { command: 'show', option: 'run' },
  metric: { command: 'best', option: 'metric' },
  project: { command: 'watch', option: 'project' },
}

/** What selects offer while somebody types. */
export function onOptions(app: App, bot: Bot): void {
  app.options(/.*/, async ({ ack, body }) => {
    const picked = body.type === 'block_suggestion' ? parsePickerId(body.action_id) : undefined
    const offered = picked === undefined ? [] : await inTime(offers(bot, body, picked))
    await ack({ options: offered.map(optionOf) })
  })
}

async function offers(bot: Bot, body: BlockSuggestion, picked: Picked): Promise<Completion[]> {
  const { ctx } = bot
  try {
    const asker = askerOf(bot, {
      team: body.team?.id ?? '',
      user: body.user.id,
      name: body.user.name,
      channel: body.channel?.id ?? channelIn(body.view?.private_metadata),
    })
    const input = { ...OPTIONS[picked], typed: body.value, others: {} }
    const found = await complete(ctx, asker, input)
    if (picked !== 'run') return found.filter(({ value }) => value.length <= SLACK.optionValue)
    return [
      ...(await severalRuns(bot, asker, body.value)),
      ...(await Promise.all(found.map((run) => named(bot, run)))),
    ]
  } catch (error) {
    ctx.log.warn({ error: messageOf(error) }, 'Slack: no completions')
    return []
  }
}

/** A list or a range is offered as it was typed, once it names runs: churn#12..20. */
async function severalRuns({ ctx }: Bot, asker: Asker, typed: string): Promise<Completion[]> {
  const line = typed.trim()
  if (!/\.\.|[\s,]/.test(line) || line.length > SLACK.optionValue) return []
  try {
    const runs = await findNamedRuns(ctx, line.split(/[\s,]+/), scopeOf(asker))
    return runs.length < 2 ? [] : [{ label: `${line}: ${runs.length} runs`, value: line }]
  } catch {
    return []
  }
}

/** A name that is too long for an option, or has spaces in it, travels as the run's id. */
async function named({ ctx }: Bot, run: Completion): Promise<Completion> {
  if (run.value.length <= SLACK.optionValue && !/[\s,"']/.test(run.value)) return run
  const { runId } = await findRun(ctx, run.value)
  return { ...run, value: runId }
}

function optionOf({ label, value }: Completion) {
  const text = cut(cleanLine(label), SLACK.optionText) || value.slice(0, SLACK.optionText)
  return { text: { type: 'plain_text' as const, text, emoji: false }, value }
}

async function inTime(work: Promise<Completion[]>): Promise<Completion[]> {
  const late = new Promise<Completion[]>((resolve) =>
    setTimeout(() => resolve([]), ANSWER_TIMEOUT_MS).unref(),
  )
  return await Promise.race([work, late])
}
