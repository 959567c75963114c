import type { Ctx } from '../../context.ts'
import { ADMIN_PERSON } from '../access/principal.ts'
import type { Account } from './account.ts'

/**
 * The owner name that runs carry, of the person with this account; undefined when the account is not linked. A token's person is
 * an owner name already, unless it was linked to another one.
 */
export async function personOf(ctx: Pick<Ctx, 'db'>, account: Account): Promise<string | undefined> {
  const linked = await ctx.db
    .selectFrom('people_accounts as link')
    .innerJoin('people', 'people.id', 'link.person_id')
    .select('people.name')
    .where('link.platform', '=', account.platform)
    .where('link.workspace', '=', account.workspace)
    .where('link.account', '=', account.account)
    .executeTakeFirst()
  if (linked !== undefined) return linked.name
  const named = account.platform === 'console' && account.account !== ADMIN_PERSON
  return named ? account.account : undefined
}
