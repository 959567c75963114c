import type { Ctx } from '../../context.ts'
import type { Message } from '../../messages/model.ts'

export interface ConsoleMessage {
  id: number
  ref: string
  /** The message that it replies to. */
  parent: number | null
  message: Message
  posted_at: string
  edited_at: string | null
}

/** The messages of the console's channel, newest first. */
export async function listConsoleMessages(
  ctx: Pick<Ctx, 'db'>,
  { limit, before }: { limit: number; before?: number },
): Promise<ConsoleMessage[]> {
  let query = ctx.db.selectFrom('console_messages').selectAll().orderBy('id', 'desc').limit(limit)
  if (before !== undefined) query = query.where('id', '<', before)
  return (await query.execute()).map((row) => ({
    id: row.id,
    ref: row.ref,
    parent: row.parent_id,
    message: row.message as Message,
    posted_at: row.posted_at.toISOString(),
    edited_at: row.edited_at?.toISOString() ?? null,
  }))
}

/** A message to store. `ref` is unique: the delivery, reply or answer that the message shows. */
export interface ConsoleRow {
  id: number
  ref: string
  /** The message that it replies to. */
  parent_id: number | null
  message: Message
  posted_at: Date
  edited_at: Date | null
}

/** The newest posts with the replies under them, oldest first. */
export async function consoleThreads(
  ctx: Pick<Ctx, 'db'>,
  limit: number,
): Promise<{ posts: ConsoleRow[]; replies: ConsoleRow[] }> {
  const read = () => ctx.db.selectFrom('console_messages').selectAll()
  const posts = await read().where('parent_id', 'is', null).orderBy('id', 'desc').limit(limit).execute()
  const ids = posts.map(({ id }) => id)
  const replies = ids.length === 0 ? [] : await read().where('parent_id', 'in', ids).orderBy('id').execute()
  return { posts: posts as ConsoleRow[], replies: replies as ConsoleRow[] }
}

export async function findConsoleMessage(
  ctx: Pick<Ctx, 'db'>,
  wanted: { id: number } | { ref: string },
): Promise<Pick<ConsoleRow, 'id' | 'ref' | 'parent_id'> | undefined> {
  const query = ctx.db.selectFrom('console_messages').select(['id', 'ref', 'parent_id'])
  return await ('id' in wanted
    ? query.where('id', '=', wanted.id)
    : query.where('ref', '=', wanted.ref)
  ).executeTakeFirst()
}

/** Stores a message. One with the same `ref` is left unchanged. @returns its id */
export async function addConsoleMessage(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { ref, parent, message }: { ref: string; parent: number | null; message: Message },
): Promise<number> {
  const row = await ctx.db
    .insertInto('console_messages')
    .values({ ref, parent_id: parent, message: JSON.stringify(message), posted_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.column('ref').doUpdateSet((eb) => ({ ref: eb.ref('excluded.ref') })))
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export async function editConsoleMessage(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  id: number,
  message: Message,
): Promise<void> {
  await ctx.db
    .updateTable('console_messages')
    .set({ message: JSON.stringify(message), edited_at: ctx.clock.now() })
    .where('id', '=', id)
    .execute()
}

export async function deleteConsoleMessage(ctx: Pick<Ctx, 'db'>, id: number): Promise<void> {
  await ctx.db.deleteFrom('console_messages').where('id', '=', id).execute()
}

/** A text that changes with every message of the channel, so that an open page can see that it is outdated. */
export async function consoleStamp(ctx: Pick<Ctx, 'db'>): Promise<string> {
  const row = await ctx.db
    .selectFrom('console_messages')
    .select((eb) => [
      eb.fn.max('id').as('id'),
      eb.fn.max('edited_at').as('edited'),
      eb.fn.countAll<number>().as('count'),
    ])
    .executeTakeFirst()
  return `${row?.id} ${row?.edited?.getTime()} ${row?.count}`
}
