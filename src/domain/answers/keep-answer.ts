import { randomInt } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import type { Message } from '../../messages/model.ts'
import { readMessage } from '../../messages/stored.ts'

/** Letters and digits, without those that are easily confused. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 10
const KEPT_MS = 24 * 3_600_000

/** A stored answer, so that its buttons work and Share posts the same text. */
export interface KeptAnswer {
  id: string
  line: string
  message: Message
  sharedAt: Date | null
}

// The commit does not wait for the disk. If the database crashes and loses an answer, its buttons say "run it again".
const SOON = `/* commit-soon, later */ set local synchronous_commit = off`
const INSERT = `/* keep-answer, later */ insert into answers (id, line, message, platform, workspace, channel, user_id, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`

/** Stores an answer for a day. @returns its short id */
export async function keepAnswer(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  answer: {
    line: string
    message: Message
    platform: string
    workspace: string
    channel: string
    userId: string
  },
): Promise<string> {
  const id = Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  const { line, message, platform, workspace, channel, userId } = answer
  const row = [id, line, JSON.stringify(message), platform, workspace, channel, userId, ctx.clock.now()]
  await transaction(ctx.db, async (trx) => {
    await runStatement(trx, SOON, [])
    await runStatement(trx, INSERT, row)
  })
  return id
}

/** A stored answer, for the account that asked; undefined for other accounts, and after a day. */
export async function readAnswer(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  id: string,
  asker: { platform: string; workspace: string; userId: string },
): Promise<KeptAnswer | undefined> {
  const row = await ctx.db
    .selectFrom('answers')
    .select(['id', 'line', 'message', 'shared_at'])
    .where('id', '=', id)
    .where('platform', '=', asker.platform)
    .where('workspace', '=', asker.workspace)
    .where('user_id', '=', asker.userId)
    .where('created_at', '>', new Date(ctx.clock.now().getTime() - KEPT_MS))
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { id: row.id, line: row.line, message: readMessage(row.message), sharedAt: row.shared_at }
}

/** Marks an answer as shared. @returns false when it was shared before */
export async function claimShare(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  id: string,
): Promise<boolean> {
  const row = await trx
    .updateTable('answers')
    .set({ shared_at: ctx.clock.now() })
    .where('id', '=', id)
    .where('shared_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
