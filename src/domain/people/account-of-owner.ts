import { sql, type Transaction } from 'kysely'
import type { ChannelRow, Database } from '../../db/tables.ts'

/** The account that an owner has where a channel is; undefined on the console and for an owner nobody linked there. */
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
