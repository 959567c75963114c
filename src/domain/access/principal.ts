import type { Scope } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'
import type { Actor } from '../actor.ts'

/** The person of the configured admin token. The name is reserved: no human can have it. */
export const ADMIN_PERSON = 'admin'

/** The token and person that a request acts for, with its scopes. */
export interface Principal {
  person: string
  scopes: Scope[]
  /** The only project that the token may see; undefined: all of them. */
  projectId?: number
  projectName?: string
  /** The interface that received the request: 'api', 'mlflow', 'console'. */
  origin: string
  /** Tells callers apart for rate limits and idempotency keys; null: the configured admin token. */
  tokenId: number | null
}

/** Whether the principal has a scope. The scope admin includes the other two. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes('admin')
}

/** @throws AppError forbidden that names the scope */
export function requireScope(principal: Principal, scope: Scope): void {
  if (hasScope(principal, scope)) return
  throw new AppError('forbidden', `This needs a token with the scope ${scope}.`, {
    allowed: scope,
    value: principal.scopes.join(', '),
  })
}

/** Refuses every project but the token's own, when the token is restricted to one. @throws AppError forbidden */
export function requireProject(principal: Principal, project: string): void {
  if (principal.projectId === undefined || principal.projectName === project) return
  throw new AppError('forbidden', `This token is for the project ${principal.projectName} only.`, {
    field: 'project',
    value: project,
    ...(principal.projectName === undefined ? {} : { allowed: principal.projectName }),
  })
}

/** Refuses tokens of one project, for acts that concern the whole installation. @throws AppError forbidden */
export function requireWhole(principal: Principal): void {
  if (principal.projectId === undefined) return
  throw new AppError('forbidden', 'A token that is restricted to a project cannot do this.')
}

export function actorOf(principal: Principal): Actor {
  return { name: principal.person, origin: principal.origin }
}
