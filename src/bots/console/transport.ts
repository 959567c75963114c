import type { Ctx } from '../../context.ts'
import type { Message } from '../../messages/model.ts'
import type { Posted, Transport } from '../transport.ts'

/** The one channel of the console. */
export const CONSOLE_CHANNEL = 'console'

/** The console as a platform of its own: messages are rows, and the page shows them live. */
export function createConsoleTransport(ctx: Pick<Ctx, 'db' | 'clock' | 'publicUrl'>): Transport {
  const insert = async (message: Message, ref: string, parent: string | undefined) => {
    const row = await ctx.db
      .insertInto('console_messages')
      .values({
        ref,
        parent_id: parent === undefined ? null : Number(parent),
        message: JSON.stringify(message),
        posted_at: ctx.clock.now(),
      })
      .onConflict((conflict) => conflict.column('ref').doUpdateSet((eb) => ({ ref: eb.ref('excluded.ref') })))
      .returning('id')
      .executeTakeFirstOrThrow()
    return postedAs(ctx, row.id)
  }
  return {
    platform: 'console',
    minPostIntervalMs: 0,
    post: (to, message, ref) => insert(message, ref, to.thread),
    edit: async (_to, externalId, message) => {
      await ctx.db
        .updateTable('console_messages')
        .set({ message: JSON.stringify(message), edited_at: ctx.clock.now() })
        .where('id', '=', Number(externalId))
        .execute()
    },
    find: async (_to, ref) => {
      const row = await ctx.db
        .selectFrom('console_messages')
        .select('id')
        .where('ref', '=', ref)
        .executeTakeFirst()
      return row === undefined ? undefined : postedAs(ctx, row.id)
    },
    membership: async () => ({ canPost: true, name: CONSOLE_CHANNEL }),
    direct: async () => ({ platform: 'console', workspace: '', channel: CONSOLE_CHANNEL }),
    health: () => ({ ok: true, detail: 'on this page' }),
  }
}

function postedAs({ publicUrl }: Pick<Ctx, 'publicUrl'>, id: number): Posted {
  return { externalId: String(id), url: consoleUrl(publicUrl, id) }
}

/** Where a message of the console is seen. */
export function consoleUrl(publicUrl: string, id: number): string {
  return `${publicUrl}/console#m${id}`
}
