import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow, Database } from '../../db/tables.ts'

/** The account that an owner has where a channel is; undefined on the console and for an owner who is not linked there. */
export async function accountOfOwner(
  trx: Transaction<Database>,
  { platform, workspace }: Pick<ChannelRow, 'platform' | 'workspace'>,
  owner: string | null,
): Promise<string | undefined> {
  if (owner === null || platform === 'console') return undefined
  const row = await trx
    .selectFrom('people_accounts as link')
    .innerJoin('people', 'people.id', 'link.person_id')
    .select('link.account')
    .where('link.platform', '=', platform)
    .where('link.workspace', '=', workspace)
    .where(sql<string>`lower(people.name)`, '=', owner.toLowerCase())
    .executeTakeFirst()
  return row?.account
}

/** The account of this name that was linked in a workspace: names are not unique, the one linked first it is. */
export async function accountByName(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace }: { platform: string; workspace: string },
  name: string,
): Promise<string | undefined> {
  const row = await ctx.db
    .selectFrom('people_accounts')
    .select('account')
    .where('platform', '=', platform)
    .where('workspace', '=', workspace)
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.account
}
