import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** The lease of one channel: its holder may send there. The holder renews it; when the holder dies, it expires. */
export interface ChannelLease {
  channelId: number
  id: string
}

/**
 * Leases a channel to one sender, by PostgreSQL's clock, which all processes share.
 * @returns undefined while another sender holds it
 */
export async function leaseChannel(
  { db }: Pick<Ctx, 'db'>,
  channelId: number,
  leaseMs: number,
): Promise<ChannelLease | undefined> {
  const id = randomUUID()
  const { numAffectedRows } = await sql`
    update channels set lease_id = ${id}, lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${channelId} and (lease_until is null or lease_until <= clock_timestamp())`.execute(db)
  return numAffectedRows === 1n ? { channelId, id } : undefined
}

/** Extends the lease. @returns false when it expired and another sender has leased the channel */
export async function renewLease(
  { db }: Pick<Ctx, 'db'>,
  { channelId, id }: ChannelLease,
  leaseMs: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update channels set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${channelId} and lease_id = ${id}`.execute(db)
  return numAffectedRows === 1n
}

/** Ends the lease, unless another sender has leased the channel meanwhile. */
export async function releaseLease({ db }: Pick<Ctx, 'db'>, { channelId, id }: ChannelLease): Promise<void> {
  await sql`update channels set lease_id = null, lease_until = null
    where id = ${channelId} and lease_id = ${id}`.execute(db)
}
