import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database } from '../../../db/tables.ts'
import type { Events } from '../../../events.ts'
import { deliveriesAbout } from '../../deliveries/find.ts'
import { lastLines } from '../../runs/write/append-logs.ts'
import { maskVolatile } from '../../text/clean.ts'
import { failureMessage, LINES_LIMIT, returned, withCompanions } from '../messages/failure-message.ts'
import type { AlertRule, Finding, Grouping } from './rule.ts'
import { readBrief, type RunBrief } from '../messages/run-brief.ts'

/** Runs that fail with the same error within this time share a message. */
const SAME_ERROR_MS = 10 * 60_000
/** Further runs often fail within seconds of each other: one edit shows them together. */
const EDIT_AFTER_MS = 15_000
const SIGNATURE_LIMIT = 500

/** The number of runs that ended with the error. */
interface FailedMembers {
  runs: number
}

type FailedData =
  | { what: 'ended'; run: RunBrief; status: 'failed' | 'lost'; lines: string[] }
  | { what: 'returned'; run: RunBrief }

const grouping: Grouping<FailedMembers, FailedData> = {
  lasts: false,
  find: (_trx, _finding, [newest], now) => {
    const last = newest?.[0]
    return { open: last !== undefined && now <= last.openUntil ? last : undefined, former: [] }
  },
  merge: ({ members, delivery }, { subject }) =>
    delivery.subject === subject ? undefined : { runs: members.runs + 1 },
  openUntil: (_finding, now) => new Date(now.getTime() + SAME_ERROR_MS),
  editAt: (_open, now) => new Date(now.getTime() + EDIT_AFTER_MS),
}

/**
 * A run failed or was lost. Runs that fail with the same error within ten minutes share one message. When a lost run
 * sends data again, its message is edited.
 */
export const failed: AlertRule<FailedMembers, FailedData> = {
  name: 'failed',
  words: { events: ['failed', 'lost'], of: 'runs', help: 'failures' },
  byDefault: true,
  topics: ['run.failed', 'run.returned'],
  decide: async (trx, ctx, { topic, payload }) => {
    if (topic === 'run.failed') return await ended(trx, ctx, payload)
    return topic === 'run.returned' ? await wroteAgain(trx, ctx, payload) : []
  },
  render: (_trx, ctx, { data, account }) => {
    if (data.what === 'returned') throw new Error('a run that is back changes a message, and makes none')
    return failureMessage(ctx, data.run, data.status, data.lines, account === undefined ? {} : { account })
  },
  amend: (ctx, before, { data, parts }) => {
    if (data.what === 'returned') return returned(before, data.run.ref, ctx.clock.now())
    return withCompanions(before, (parts[0]?.members.runs ?? 1) - 1, data.run)
  },
  grouping,
}

async function ended(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['run.failed'],
): Promise<Finding<FailedMembers, FailedData>[]> {
  const { status } = event
  if (status === 'killed') return []
  const run = await readBrief(trx, ctx, event)
  if (run === undefined) return []
  const lines = await lastLines(trx, event, LINES_LIMIT)
  const signature = status === 'failed' ? signatureOf(lines) : undefined
  return [
    {
      kind: 'fires',
      project: { id: event.projectId, name: run.project },
      subject: `run:${event.runId}`,
      state: status,
      parts: signature === undefined ? [] : [{ key: signature, members: { runs: 1 } }],
      owner: run.row.owner,
      data: { what: 'ended', run, status, lines },
    },
  ]
}

/** A lost run sent data again: its messages are edited to say so, and no new one is posted. */
async function wroteAgain(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['run.returned'],
): Promise<Finding<FailedMembers, FailedData>[]> {
  const run = await readBrief(trx, ctx, event)
  if (run === undefined) return []
  const about = { rule: failed.name, subject: `run:${event.runId}`, state: 'lost' }
  const deliveries = await deliveriesAbout(trx, about)
  return [
    {
      kind: 'revises',
      projectId: event.projectId,
      deliveries: deliveries.map(({ id, channel_id, message }) => {
        return { id, channelId: channel_id, message }
      }),
      data: { what: 'returned', run },
    },
  ]
}

/** The last line that is not blank, without the parts that differ from run to run. */
function signatureOf(lines: string[]): string | undefined {
  const line = lines.findLast((one) => one.trim() !== '')
  return line === undefined ? undefined : maskVolatile(line).slice(0, SIGNATURE_LIMIT)
}
