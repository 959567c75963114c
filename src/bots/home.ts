import { eventWords } from '../domain/alerts/words.ts'
import type { Ctx } from '../context.ts'
import {
  accountSubscriptions,
  type AccountSchedule,
  type AccountWatch,
} from '../domain/channels/account-subscriptions.ts'
import { personOf } from '../domain/people/person-of.ts'
import type { PlainClause } from '../domain/query/parse.ts'
import { findReport } from '../domain/reports/index.ts'
import { findRuns } from '../domain/runs/read/list-runs.ts'
import { readRuns } from '../domain/runs/read/read-run.ts'
import { type Running, runningRuns } from '../domain/runs/read/running-runs.ts'
import type { RunView } from '../domain/runs/types.ts'
import { describeSchedule } from '../domain/schedules/slots.ts'
import { ask, bold, buttons, context, cut, header, message, paragraph, text } from '../messages/build.ts'
import type { Block, Button, Message } from '../messages/model.ts'
import type { Asker } from './commands/command.ts'
import { quoteRef } from './commands/parts.ts'
import { costWords, runningLine } from './commands/running.ts'
import { runLine } from './commands/runs.ts'

const MINE = 8
const RUNNING = 8
const ROUTES = 10

/** What somebody opens the bot's own page for: their runs, what runs now, what they have asked to be posted. */
export async function homeMessage(ctx: Ctx, asker: Asker): Promise<Message> {
  const { platform, workspace, userId } = asker
  const account = { platform, workspace, account: userId }
  const person = await personOf(ctx, account)
  const mine = person === undefined ? [] : await runsOf(ctx, person)
  const running = await runningRuns(ctx, { clauses: [], top: RUNNING })
  const routes = await accountSubscriptions(ctx, account)
  const blocks: Block[] = [
    header('Your runs'),
    ...mineBlocks(ctx, person, mine),
    header('Running now'),
    ...runningBlocks(ctx, running),
    header('What you watch'),
    ...watchBlocks(routes.watches, routes.schedules),
    buttons(...homeButtons(person, mine)),
    context(`As of ${ctx.clock.now().toISOString().slice(0, 16).replace('T', ' ')} UTC`),
  ]
  return message(
    'home',
    `${mine.length === 1 ? '1 run' : `${mine.length} runs`} of yours, ${running.total.runs} running`,
    blocks,
  )
}

async function runsOf(ctx: Ctx, owner: string): Promise<RunView[]> {
  const clause: PlainClause = { kind: 'owner', owner, negated: false, token: '', position: 0 }
  return await readRuns(ctx, await findRuns(ctx, { clauses: [clause], limit: MINE }))
}

function mineBlocks(ctx: Ctx, person: string | undefined, runs: RunView[]): Block[] {
  if (person === undefined) {
    const how = text('/exp iam <owner>', 'code')
    return [paragraph('Say which owner you are, as your runs name it, and they stand here: ', how)]
  }
  if (runs.length === 0) return [paragraph('No run carries the owner ', bold(cut(person, 60)), ' yet.')]
  return [{ type: 'runs', runs: runs.map((run) => runLine(run, ctx.clock.now())) }]
}

function runningBlocks({ publicUrl: url }: Ctx, { runs, total }: Running): Block[] {
  if (runs.length === 0) return [paragraph('Nothing runs.')]
  const hidden = total.runs - runs.length
  const more = hidden > 0 ? { more: { count: hidden, url } } : {}
  return [context(costWords(total)), { type: 'runs', runs: runs.map(runningLine), ...more }]
}

function watchBlocks(watches: AccountWatch[], schedules: AccountSchedule[]): Block[] {
  const lines = [
    ...watches.map((route) => [
      bold(cut(route.project, 80)),
      `: ${eventWords(route.events)} ${whereOf(route)}`,
    ]),
    ...schedules.map((route) => [
      bold(cut(route.schedule.project ?? 'every watched project', 80)),
      `: the ${findReport(route.schedule.report)?.noun ?? route.schedule.report} ${timeOf(route)} ${whereOf(route)}`,
    ]),
  ]
  if (lines.length === 0)
    return [paragraph('Nothing yet. In a channel: ', text('/exp watch <project>', 'code'))]
  const hidden = lines.length - ROUTES
  const shown = lines.slice(0, ROUTES).map((line) => paragraph(...line))
  return hidden > 0 ? [...shown, paragraph(`... ${hidden} more`)] : shown
}

function whereOf({ name, channel, paused }: AccountWatch | AccountSchedule): string {
  return `in ${name === null ? channel : `#${cut(name, 80)}`}${paused ? ' (paused: the bot was refused there)' : ''}`
}

function timeOf({ schedule: { days, at_time: time, zone } }: AccountSchedule): string {
  return describeSchedule({ days, time, zone })
}

function homeButtons(person: string | undefined, mine: RunView[]): Button[] {
  const note: Button = { id: 'note', label: 'New note', action: { do: 'form', form: {} } }
  const [newest] = mine
  const show =
    newest === undefined ? [] : [ask('show', `Show ${cut(newest.ref, 50)}`, `show ${quoteRef(newest.ref)}`)]
  const all = person === undefined ? [] : [ask('mine', 'All my runs', 'runs by:me top 25')]
  return [note, ...show, ...all, ask('running', 'Running', 'running'), ask('help', 'What can I ask?', 'help')]
}
