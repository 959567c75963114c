import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { readTokenView, type TokenView } from './list-tokens.ts'

/** Revokes a token and ends the sessions made with it, from the next request on. A second call changes nothing. */
export async function revokeToken(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  id: number,
): Promise<TokenView> {
  const revoked = await trx
    .updateTable('tokens')
    .set({ revoked_at: ctx.clock.now() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning(['name', 'project_id'])
    .executeTakeFirst()
  if (revoked === undefined) return await alreadyRevoked(trx, id)
  await trx.deleteFrom('web_sessions').where('token_id', '=', id).execute()
  await audit(trx, ctx, actor, 'token.revoke', `token ${id}`, {
    ...(revoked.project_id === null ? {} : { projectId: revoked.project_id }),
    details: { name: revoked.name },
  })
  return await readTokenView(trx, id)
}

async function alreadyRevoked(trx: Transaction<Database>, id: number): Promise<TokenView> {
  const known = await trx.selectFrom('tokens').select('id').where('id', '=', id).executeTakeFirst()
  if (known === undefined) throw notFound(`No token ${id}.`, { field: 'id', value: id })
  return await readTokenView(trx, id)
}
