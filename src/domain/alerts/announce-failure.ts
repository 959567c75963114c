import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Events } from '../../events.ts'
import type { Message } from '../../messages/model.ts'
import { listeners } from '../channels/listeners.ts'
import { planDelivery, reviseDelivery } from '../deliveries/plan.ts'
import { accountOfOwner } from '../people/account-of-owner.ts'
import { lastLines } from '../runs/write/append-logs.ts'
import { maskVolatile } from '../text/clean.ts'
import { failureMessage, LINES_SHOWN, withCompanions } from './failure-message.ts'
import { readBrief, type RunBrief } from './run-brief.ts'

/** The same error within this time is the same message. */
const SAME_ERROR_MS = 10 * 60_000
/** Companions arrive in handfuls: they are shown together. */
const EDIT_AFTER_MS = 15_000

/**
 * Tells every watching channel once that a run failed, got lost or was killed. Runs that end with the same error
 * within ten minutes share one message.
 * @returns the channels that have something to send now
 */
export async function announceFailure(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['run.failed'],
): Promise<number[]> {
  const run = await readBrief(trx, ctx, event)
  if (run === undefined) return []
  const lines = await lastLines(trx, event, LINES_SHOWN)
  const signature = event.status === 'failed' ? signatureOf(lines) : undefined
  const channels = await listeners(trx, ctx, run.project, event.status === 'killed' ? 'killed' : 'failed')
  const mentioned = new Set<string>()
  for (const channel of channels) {
    if (signature !== undefined && (await joined(trx, ctx, event, channel.id, signature, run))) continue
    const account = event.status === 'killed' ? undefined : await accountOfOwner(trx, channel, run.row.owner)
    // Two channels that watch one project tell two stories, but ring once.
    const ring = account !== undefined && !mentioned.has(account) ? { account } : {}
    const deliveryId = await planDelivery(trx, ctx, {
      channelId: channel.id,
      rule: 'failed',
      subject: `run:${event.runId}`,
      state: event.status,
      projectId: event.projectId,
      message: failureMessage(ctx, run, event.status, lines, ring),
    })
    if (deliveryId !== undefined && account !== undefined) mentioned.add(account)
    if (deliveryId !== undefined && signature !== undefined) {
      await openGroup(trx, ctx, event.projectId, channel.id, signature, deliveryId)
    }
  }
  return channels.map((channel) => channel.id)
}

/** The last line that says something, without what differs from run to run. */
function signatureOf(lines: string[]): string | undefined {
  const line = lines.findLast((one) => one.trim() !== '')
  return line === undefined ? undefined : maskVolatile(line).slice(0, 500)
}

/** Adds the run to the message that told of the same error, when there is a recent one. */
async function joined(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['run.failed'],
  channelId: number,
  signature: string,
  run: RunBrief,
): Promise<boolean> {
  const now = ctx.clock.now()
  const group = await trx
    .selectFrom('failure_groups')
    .innerJoin('deliveries', 'deliveries.id', 'failure_groups.delivery_id')
    .select(['failure_groups.delivery_id', 'failure_groups.run_count', 'failure_groups.last_at'])
    .select(['deliveries.message', 'deliveries.subject', 'deliveries.status'])
    .where('failure_groups.project_id', '=', event.projectId)
    .where('failure_groups.channel_id', '=', channelId)
    .where('failure_groups.signature', '=', signature)
    .executeTakeFirst()
  if (group === undefined || group.status === 'failed') return false
  if (now.getTime() - group.last_at.getTime() > SAME_ERROR_MS) return false
  if (group.subject === `run:${event.runId}`) return true
  const count = group.run_count + 1
  await trx
    .updateTable('failure_groups')
    .set({ run_count: count, last_at: now })
    .where('project_id', '=', event.projectId)
    .where('channel_id', '=', channelId)
    .where('signature', '=', signature)
    .execute()
  const message = withCompanions(group.message as Message, count - 1, run)
  await reviseDelivery(trx, group.delivery_id, message, new Date(now.getTime() + EDIT_AFTER_MS))
  return true
}

async function openGroup(
  trx: Transaction<Database>,
  ctx: Ctx,
  projectId: number,
  channelId: number,
  signature: string,
  deliveryId: number,
): Promise<void> {
  const fresh = { delivery_id: deliveryId, run_count: 1, last_at: ctx.clock.now() }
  await trx
    .insertInto('failure_groups')
    .values({ project_id: projectId, channel_id: channelId, signature, ...fresh })
    .onConflict((conflict) => conflict.columns(['project_id', 'channel_id', 'signature']).doUpdateSet(fresh))
    .execute()
}
