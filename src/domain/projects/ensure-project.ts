import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'

/** The project of this name, made when it is new. */
export async function ensureProject(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  name: string,
): Promise<{ id: number; name: string }> {
  const find = () => trx.selectFrom('projects').select(['id', 'name']).where('name', '=', name)
  const found = await find().executeTakeFirst()
  if (found !== undefined) return found
  await trx
    .insertInto('projects')
    .values({ name, created_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return await find().executeTakeFirstOrThrow()
}
