import type { Ctx } from '../../context.ts'
import { parseAccountKey } from './account.ts'
import { personOf } from './person-of.ts'

/** Whether two account keys are one, or of one person who linked both. */
export async function isSamePerson(ctx: Pick<Ctx, 'db'>, one: string, other: string): Promise<boolean> {
  if (one === other) return true
  const [first, second] = await Promise.all([personOfKey(ctx, one), personOfKey(ctx, other)])
  return first !== undefined && first === second
}

/** The owner name behind an account key; undefined when the account is not linked. */
export async function personOfKey(ctx: Pick<Ctx, 'db'>, key: string): Promise<string | undefined> {
  const account = parseAccountKey(key)
  return account === undefined ? undefined : await personOf(ctx, account)
}
