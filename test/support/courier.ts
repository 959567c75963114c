import { DeliveryError, type Posted, type Transport } from '../../src/bots/transport.ts'
import type { DeliveryRow, Platform } from '../../src/db/tables.ts'
import { transaction } from '../../src/db/transaction.ts'
import { ensureChannel } from '../../src/domain/channels/ensure-channel.ts'
import { planDelivery } from '../../src/domain/deliveries/plan.ts'
import type { Courier } from '../../src/jobs/deliver/courier.ts'
import { message, paragraph } from '../../src/messages/build.ts'
import type { Message } from '../../src/messages/model.ts'
import type { TestContext } from './postgres.ts'

/** A transport that stores nothing but the refs that it was given; single calls are replaced by a test. */
export function memoryTransport(
  own: Partial<Transport> = {},
): Transport & { stored: string[]; edits: string[] } {
  const stored: string[] = []
  const edits: string[] = []
  return {
    stored,
    edits,
    platform: 'slack',
    minPostIntervalMs: 0,
    post: async (_to, _message, ref): Promise<Posted> => ({ externalId: String(stored.push(ref)) }),
    edit: async (_to, externalId) => void edits.push(externalId),
    find: async (_to, ref) => {
      const at = stored.indexOf(ref)
      return at === -1 ? undefined : { externalId: String(at + 1) }
    },
    health: () => ({ ok: true, detail: 'in memory' }),
    ...own,
  }
}

/** The courier of a worker with one transport. */
export function courierOf(test: TestContext, transport: Transport, own: Partial<Courier> = {}): Courier {
  return {
    ctx: test.ctx,
    transports: new Map([[transport.platform, transport]]),
    postTimeoutMs: 15_000,
    leaseMs: 60_000,
    stopping: new AbortController().signal,
    giveUp: new AbortController().signal,
    onPaused: async () => {},
    ...own,
  }
}

export async function newChannel(
  test: TestContext,
  channel: string,
  platform: Platform = 'slack',
): Promise<number> {
  return await transaction(test.db, async (trx) => {
    const { id } = await ensureChannel(trx, test.ctx, { platform, workspace: 'T', channel })
    return id
  })
}

/** Plans a message and answers its delivery's id. */
export async function plan(
  test: TestContext,
  channelId: number,
  subject: string,
  content: Message = message('note', subject, [paragraph(subject)]),
): Promise<number> {
  const id = await transaction(test.db, (trx) =>
    planDelivery(trx, test.ctx, { channelId, rule: 'test', subject, state: 's', message: content }),
  )
  if (id === undefined) throw new Error(`${subject} was planned before`)
  return id
}

export async function rowOf(test: TestContext, id: number): Promise<DeliveryRow> {
  return await test.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** A failure as a platform tells it. */
export function failure(...args: ConstructorParameters<typeof DeliveryError>): DeliveryError {
  return new DeliveryError(...args)
}
