import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { AppError, invalid } from '../../errors.ts'
import { type Claimant, listAdmins, requireAdmin } from './admins.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { cleanName } from '../text/clean.ts'
import { type Account, accountKey } from './account.ts'
import { ownerSpelling } from './owner-names.ts'

export interface LinkInput {
  account: Account
  /** What the platform calls the account. */
  accountName: string
  /** The owner name that runs carry. */
  name: string
  /** Takes the name from another account of the same workspace that has it. */
  takeOver: boolean
  /** The account that links, for names that carry rights. */
  who: Claimant
}

export interface Link {
  /** As it is written where it was first seen. */
  name: string
  /** The account's name before; null when it had none. */
  former: string | null
  /** The account of the same workspace that had the name until now; null when none had. */
  takenFrom: string | null
}

const LONGEST = 250

/**
 * Links a chat account to an owner name; in one workspace a name belongs to one account.
 * @throws AppError conflict with `holder` when another account has the name and `takeOver` is false, and forbidden
 *   for a name that carries an admin's rights
 */
export async function linkAccount(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  input: LinkInput,
): Promise<Link> {
  const name = cleanName(input.name)
  if (name === '' || name.length > LONGEST) {
    throw invalid('name', `An owner name has 1 to ${LONGEST} characters.`, {
      value: input.name,
      token: input.name,
    })
  }
  await guardName(trx, input.who, name)
  // Two accounts that claim one name take turns.
  await sql`select pg_advisory_xact_lock(hashtextextended(${name.toLowerCase()}, 0))`.execute(trx)
  const person = await ensurePerson(trx, ctx, name)
  const holder = await holderOf(trx, input.account, person.id)
  if (holder !== undefined && !input.takeOver) throw taken(person.name, holder)
  const former = await formerName(trx, input.account)
  const { platform, workspace, account } = input.account
  if (holder !== undefined) await deleteLink(trx, { platform, workspace, account: holder.account })
  const row = { name: input.accountName, person_id: person.id, created_at: ctx.clock.now() }
  await trx
    .insertInto('people_accounts')
    .values({ platform, workspace, account, ...row })
    .onConflict((conflict) => conflict.columns(['platform', 'workspace', 'account']).doUpdateSet(row))
    .execute()
  const takenFrom = holder === undefined ? null : holder.name || holder.account
  const details = { account: accountKey(input.account), former, taken_from: takenFrom }
  await audit(trx, ctx, actor, 'person.link', `person ${person.name}`, { details })
  return { name: person.name, former, takenFrom }
}

/** Forgets who has an account. @returns the name that it was linked to, null when it was to none */
export async function unlinkAccount(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  account: Account,
): Promise<string | null> {
  const former = await formerName(trx, account)
  if (former === null) return null
  await deleteLink(trx, account)
  const details = { account: accountKey(account) }
  await audit(trx, ctx, actor, 'person.unlink', `person ${former}`, { details })
  return former
}

/** An account that gets the name of an admin would get the rights with it. */
async function guardName(trx: Transaction<Database>, who: Claimant, name: string): Promise<void> {
  const admins = await listAdmins(trx)
  const carries = admins.some(
    ({ kind, subject }) => kind === 'person' && subject.toLowerCase() === name.toLowerCase(),
  )
  if (carries) await requireAdmin({ db: trx }, who, `be ${name}, whose name carries an admin's rights`)
}

/** The spelling of the person that is known, else of the runs that carry the name, else as it was typed. */
async function ensurePerson(
  trx: Transaction<Database>,
  ctx: Ctx,
  name: string,
): Promise<{ id: number; name: string }> {
  const known = await trx
    .selectFrom('people')
    .select(['id', 'name'])
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .executeTakeFirst()
  if (known !== undefined) return known
  const spelling = (await ownerSpelling({ db: trx }, name)) ?? name
  return await trx
    .insertInto('people')
    .values({ name: spelling, created_at: ctx.clock.now() })
    .returning(['id', 'name'])
    .executeTakeFirstOrThrow()
}

async function holderOf(
  trx: Transaction<Database>,
  { platform, workspace, account }: Account,
  person: number,
) {
  return await trx
    .selectFrom('people_accounts')
    .select(['account', 'name'])
    .where('person_id', '=', person)
    .where('platform', '=', platform)
    .where('workspace', '=', workspace)
    .where('account', '!=', account)
    .executeTakeFirst()
}

function taken(name: string, holder: { account: string; name: string }): AppError {
  const shown = holder.name || holder.account
  return new AppError('conflict', `${name} is linked to ${shown} here already.`, {
    field: 'name',
    value: name,
    holder: shown,
    suggestions: [],
  })
}

async function formerName(trx: Transaction<Database>, account: Account): Promise<string | null> {
  const row = await trx
    .selectFrom('people_accounts as link')
    .innerJoin('people', 'people.id', 'link.person_id')
    .select('people.name')
    .where('link.platform', '=', account.platform)
    .where('link.workspace', '=', account.workspace)
    .where('link.account', '=', account.account)
    .executeTakeFirst()
  return row?.name ?? null
}

async function deleteLink(
  trx: Transaction<Database>,
  { platform, workspace, account }: Account,
): Promise<void> {
  await trx
    .deleteFrom('people_accounts')
    .where('platform', '=', platform)
    .where('workspace', '=', workspace)
    .where('account', '=', account)
    .execute()
}
