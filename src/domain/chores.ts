import type { Ctx } from '../context.ts'
import type { ChoreName } from '../db/tables.ts'

/** A recurring job, leased to one process at a time. */
export interface LeasedChore {
  name: ChoreName
  /** The end of the lease. */
  until: Date
}

/** The chores that are due now and not leased. */
export async function dueChores(ctx: Pick<Ctx, 'db' | 'clock'>): Promise<ChoreName[]> {
  const rows = await ctx.db
    .selectFrom('chores')
    .select('name')
    .where('due_at', '<=', ctx.clock.now())
    .execute()
  return rows.map(({ name }) => name)
}

/** Leases a chore. @returns undefined when it is not due, or another process has the lease */
export async function leaseChore(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  name: ChoreName,
  leaseMs: number,
): Promise<LeasedChore | undefined> {
  const now = ctx.clock.now()
  const until = new Date(now.getTime() + leaseMs)
  const row = await ctx.db
    .updateTable('chores')
    .set({ due_at: until })
    .where('name', '=', name)
    .where('due_at', '<=', now)
    .returning('name')
    .executeTakeFirst()
  return row && { name, until }
}

/** Sets when the chore is due next, unless another process has the lease now. */
export async function endChore(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { name, until }: LeasedChore,
  nextMs: number,
): Promise<void> {
  await ctx.db
    .updateTable('chores')
    .set({ due_at: new Date(ctx.clock.now().getTime() + nextMs) })
    .where('name', '=', name)
    .where('due_at', '=', until)
    .execute()
}
