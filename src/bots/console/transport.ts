import type { Ctx } from '../../context.ts'
import {
  addConsoleMessage,
  editConsoleMessage,
  findConsoleMessage,
} from '../../domain/channels/console-messages.ts'
import type { Posted, Transport } from '../transport.ts'

/** The one channel of the console. */
export const CONSOLE_CHANNEL = 'console'

/** The console as a platform of its own: messages are rows, and the page shows them live. */
export function createConsoleTransport(ctx: Pick<Ctx, 'db' | 'clock' | 'publicUrl'>): Transport {
  return {
    platform: 'console',
    minPostIntervalMs: 0,
    post: async (to, message, ref) => {
      const parent = to.thread === undefined ? null : Number(to.thread)
      return postedAs(ctx, await addConsoleMessage(ctx, { ref, parent, message }))
    },
    edit: (_to, externalId, message) => editConsoleMessage(ctx, Number(externalId), message),
    find: async (_to, ref) => {
      const row = await findConsoleMessage(ctx, { ref })
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
