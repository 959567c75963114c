import type { Kysely } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'
import { accountKey, parseAccountKey, personAccount } from './account.ts'
import { personOf } from './person-of.ts'
import { hasScope, type Principal } from '../access/principal.ts'

export type AdminKind = 'account' | 'role' | 'person'

/** Somebody who may do what changes things for everybody, as the API shows it. */
export interface AdminView {
  id: number
  /** 'any' for a person: every account that is linked to the name, and tokens made for it. */
  platform: string
  workspace: string
  kind: AdminKind
  /** The platform's id of the account or role, or the person's name. */
  subject: string
  name: string
  named_by: string
  created_at: string
}

/** Who wants to do something. */
export interface Claimant {
  /** 'slack:T1:U1', 'discord:99:7', 'person:ana'. */
  account: string
  /** The owner name that the account is linked to; looked up when it is not said. */
  person?: string
  /** The platform's ids of the roles that the account has there. */
  roles?: string[]
  /** Asked for a role that `roles` does not hold, where the platform tells members only when asked. */
  inRole?: (role: string) => Promise<boolean>
  /** A token with the scope admin. */
  admin?: true
}

const NAMED = 5

/** A token as the person who wants to do what only admins may. */
export function claimantOf(principal: Principal): Claimant {
  const account = accountKey(personAccount(principal.person))
  return hasScope(principal, 'admin') ? { account, admin: true } : { account }
}

/**
 * Lets admins pass. While no admin is named, everybody is one.
 * @param what the end of 'Only admins may ...'
 * @throws AppError forbidden that says who can
 */
export async function requireAdmin(ctx: Pick<Ctx, 'db'>, who: Claimant, what: string): Promise<void> {
  const admins = await listAdmins(ctx.db)
  if (await isAdmin(ctx, admins, who)) return
  throw new AppError('forbidden', `Only admins may ${what}: ${adminNames(admins)}.`, {
    allowed: adminNames(admins),
    suggestions: [],
  })
}

/** Whether somebody may do what admins may; everybody may while no admin is named. */
export async function isAdmin(ctx: Pick<Ctx, 'db'>, admins: AdminView[], who: Claimant): Promise<boolean> {
  return who.admin === true || admins.length === 0 || (await isAmong(ctx, admins, who))
}

async function isAmong(ctx: Pick<Ctx, 'db'>, admins: AdminView[], who: Claimant): Promise<boolean> {
  const account = parseAccountKey(who.account)
  if (account === undefined) return false
  const ofPlace = admins.filter(
    ({ platform, workspace }) => platform === account.platform && workspace === account.workspace,
  )
  if (ofPlace.some(({ kind, subject }) => kind === 'account' && subject === account.account)) return true
  if (admins.some(({ kind }) => kind === 'person')) {
    const person = who.person ?? (await personOf(ctx, account))
    if (person !== undefined && admins.some((admin) => isPerson(admin, person))) return true
  }
  const roles = ofPlace.filter(({ kind }) => kind === 'role')
  if (roles.some(({ subject }) => who.roles?.includes(subject) === true)) return true
  for (const { subject } of roles) if ((await who.inRole?.(subject)) === true) return true
  return false
}

function isPerson({ kind, subject }: AdminView, name: string): boolean {
  return kind === 'person' && subject.toLowerCase() === name.toLowerCase()
}

/** 'ana, bob, the role ml-leads and 3 more' */
export function adminNames(admins: Pick<AdminView, 'kind' | 'name'>[]): string {
  const names = admins.map(({ kind, name }) => (kind === 'role' ? `the role ${name}` : name))
  const more = names.length - NAMED
  const told = more > 0 ? [...names.slice(0, NAMED), `${more} more`] : names
  const last = told.pop() ?? ''
  return told.length === 0 ? last : `${told.join(', ')} and ${last}`
}

/** Everybody who was named, the first one first. */
export async function listAdmins(db: Kysely<Database>): Promise<AdminView[]> {
  const rows = await db.selectFrom('admins').selectAll().orderBy('id').execute()
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
}
