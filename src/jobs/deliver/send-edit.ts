import type { Transport } from '../../bots/transport.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { delayChannel } from '../../domain/deliveries/channel-state.ts'
import type { Delivery } from '../../domain/deliveries/find.ts'
import { beginEdit, dropEdit, markEdited, retryEdit } from '../../domain/deliveries/store.ts'
import {
  addressOf,
  callSignal,
  type Courier,
  drawingFault,
  type Next,
  preparePictures,
  refOf,
} from './courier.ts'
import { asDeliveryError, MAX_FAULTS, retryDelayMs } from './outcome.ts'

/**
 * Brings a posted message up to its newest version, and to its pictures where it was posted before they were there.
 * Doing that twice is harmless, so nothing is looked for. On a platform without edits the message stays as posted.
 */
export async function sendEdit(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  delivery: Delivery,
): Promise<Next> {
  const { ctx } = courier
  const { external_id, message } = delivery
  const changed = delivery.sent_version < delivery.version
  const drop = async (error?: string): Promise<Next> => {
    await dropEdit(ctx.db, delivery, error)
    return { next: true }
  }
  if (transport.edit === undefined || external_id === null || !(changed || delivery.pictures_due))
    return await drop()
  const fault = drawingFault(courier, transport, delivery)
  if (fault !== undefined) return await drop(fault)
  const to = addressOf(channel, delivery)
  const shown = await preparePictures(courier, transport, to, delivery)
  if (!changed && shown === false && !courier.stopping.aborted) return await drop()
  if (courier.stopping.aborted || !(await beginEdit(ctx.db, delivery))) return { next: true }
  try {
    await transport.edit(to, external_id, message, refOf(delivery), callSignal(courier))
    ctx.checkpoint('edit.answered')
    await markEdited(ctx.db, delivery, ctx.clock.now())
    return { next: true }
  } catch (error) {
    return await editFailed(courier, channel, delivery, error)
  }
}

async function editFailed(
  { ctx }: Courier,
  channel: ChannelRow,
  delivery: Delivery,
  thrown: unknown,
): Promise<Next> {
  const { kind, reason, retryAfterMs } = asDeliveryError(thrown)
  const attempts = delivery.attempts + 1
  const faults = delivery.faults + (kind === 'internal' ? 1 : 0)
  ctx.log.warn({ delivery: delivery.id, channel: channel.id, kind, reason }, 'not edited')
  const dueAt = new Date(ctx.clock.now().getTime() + (retryAfterMs ?? retryDelayMs(attempts)))
  if (kind === 'rate_limited') {
    await delayChannel(ctx, channel, dueAt)
    return { next: false, wakeAt: dueAt }
  }
  const hopeless = kind === 'gone' || kind === 'refused' || kind === 'malformed' || faults >= MAX_FAULTS
  if (hopeless) {
    ctx.log.error({ delivery: delivery.id, channel: channel.id, reason }, 'the edit is given up')
    await dropEdit(ctx.db, delivery, reason)
  } else await retryEdit(ctx.db, delivery, { dueAt, faults, error: reason })
  return { next: true }
}
