import type { Ctx } from '../../context.ts'
import { looksLikeToken, hashSecret, sameSecret } from './secrets.ts'
import { ADMIN_PERSON, type Principal } from './principal.ts'

/** `last_used_at` is exact to the minute, so that a training run does not update its row a hundred times a second. */
const USED_RESOLUTION_MS = 60_000

/** @returns undefined when the token is unknown or revoked */
export async function authenticateToken(
  ctx: Ctx,
  adminToken: string,
  given: string,
  origin: string,
): Promise<Principal | undefined> {
  if (sameSecret(given, adminToken)) return adminPrincipal(origin)
  return looksLikeToken(given) ? await readToken(ctx, { hash: hashSecret(given) }, origin) : undefined
}

export function adminPrincipal(origin: string): Principal {
  return { person: ADMIN_PERSON, scopes: ['admin'], origin, tokenId: null }
}

/** The principal of a stored token that is still valid. */
export async function readToken(
  ctx: Ctx,
  by: { hash: string } | { id: number },
  origin: string,
): Promise<Principal | undefined> {
  const token = await ctx.db
    .selectFrom('tokens')
    .leftJoin('projects', 'projects.id', 'tokens.project_id')
    .select(['tokens.id', 'person', 'scopes', 'project_id', 'projects.name as project', 'last_used_at'])
    .$if('hash' in by, (query) => query.where('hash', '=', 'hash' in by ? by.hash : ''))
    .$if('id' in by, (query) => query.where('tokens.id', '=', 'id' in by ? by.id : 0))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (token === undefined) return undefined
  await touchToken(ctx, token.id, token.last_used_at)
  const { person, scopes, project_id, project } = token
  const restriction = project_id === null ? {} : { projectId: project_id, projectName: project ?? '' }
  return { person, scopes, origin, tokenId: token.id, ...restriction }
}

async function touchToken(ctx: Ctx, id: number, last: Date | null): Promise<void> {
  const now = ctx.clock.now()
  if (last !== null && now.getTime() - last.getTime() < USED_RESOLUTION_MS) return
  await ctx.db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', id).execute()
}
