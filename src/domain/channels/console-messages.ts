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

/** What stands in the console's channel, the newest first. */
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
