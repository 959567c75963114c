import type { Ctx } from '../../context.ts'

/** What a chat message that is a note says now. */
export interface MessageNote {
  id: number
  author: string
  account: string | null
  text: string
  edited: boolean
}

/** The note that a chat message is; undefined when it is none, or was taken back. */
export async function noteOfMessage(ctx: Pick<Ctx, 'db'>, source: string): Promise<MessageNote | undefined> {
  return (await notesOfMessages(ctx, [source])).get(source)
}

/** The same for several messages, by their sources. */
export async function notesOfMessages(
  ctx: Pick<Ctx, 'db'>,
  sources: string[],
): Promise<Map<string, MessageNote>> {
  if (sources.length === 0) return new Map()
  const rows = await ctx.db
    .selectFrom('notes')
    .select(['id', 'author', 'author_account', 'text', 'source', 'edited_at'])
    .where('source', 'in', sources)
    .where('deleted_at', 'is', null)
    .execute()
  return new Map(
    rows.map(({ id, author, author_account, text, source, edited_at }) => [
      source ?? '',
      { id, author, account: author_account, text, edited: edited_at !== null },
    ]),
  )
}
