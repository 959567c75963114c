import type { Ctx } from '../context.ts'
import type { ChoreName } from '../db/tables.ts'

/** Work that one process does and that comes again by itself. */
export interface Taken {
  name: ChoreName
  /** Until then nobody else takes it. */
  until: Date
}

/** The chores whose time has come. */
export async function dueChores(ctx: Pick<Ctx, 'db' | 'clock'>): Promise<ChoreName[]> {
  const rows = await ctx.db
    .selectFrom('chores')
    .select('name')
    .where('due_at', '<=', ctx.clock.now())
    .execute()
  return rows.map(({ name }) => name)
}

/** Takes a chore for a while. @returns undefined when it is not due, or another has taken it */
export async function takeChore(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  name: ChoreName,
  leaseMs: number,
): Promise<Taken | undefined> {
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

/** Says when it is due next; one whose lease has passed to another is left to it. */
export async function endChore(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { name, until }: Taken,
  nextMs: number,
): Promise<void> {
  await ctx.db
    .updateTable('chores')
    .set({ due_at: new Date(ctx.clock.now().getTime() + nextMs) })
    .where('name', '=', name)
    .where('due_at', '=', until)
    .execute()
}
