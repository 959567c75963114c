import type { Claimant } from '../domain/people/admins.ts'
import { hasScope, type Principal } from '../domain/access/principal.ts'
import { accountKey } from '../domain/people/account.ts'
import { AppError } from '../errors.ts'

/** The author of a note. @throws AppError forbidden for another person's name without an admin token */
export function authorOf(principal: Principal, said: string | undefined): string {
  const { person } = principal
  if (said === undefined || said === person || hasScope(principal, 'admin')) return said ?? person
  throw new AppError('forbidden', 'Only an admin token writes in the name of somebody else.', {
    field: 'author',
    value: said,
    allowed: person,
  })
}

/** A token's person as rows keep it: the same on the console. */
export function accountOf({ person }: Pick<Principal, 'person'>): string {
  return accountKey({ platform: 'console', workspace: '', account: person })
}

/** The token's person, as the actor of an action that is for admins. */
export function claimantOf(principal: Principal): Claimant {
  const account = accountOf(principal)
  return hasScope(principal, 'admin') ? { account, admin: true } : { account, person: principal.person }
}
