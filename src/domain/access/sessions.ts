import { randomBytes } from 'node:crypto'
import type { Ctx } from '../../context.ts'
import { adminPrincipal, readToken } from './authenticate-token.ts'
import type { Principal } from './principal.ts'
import { hashSecret } from './secrets.ts'

const LIFE_MS = 30 * 24 * 3_600_000

/** A log-in in a browser. The session acts as the token that it was made with, and ends with that token. */
export interface Session {
  /** Only the cookie holds the id; the database stores its hash. */
  id: string
  expiresAt: Date
}

/** @param tokenId null: the configured admin token */
export async function createSession(ctx: Ctx, tokenId: number | null): Promise<Session> {
  const id = randomBytes(32).toString('base64url')
  const now = ctx.clock.now()
  const expiresAt = new Date(now.getTime() + LIFE_MS)
  await ctx.db
    .insertInto('web_sessions')
    .values({ hash: hashSecret(id), token_id: tokenId, created_at: now, expires_at: expiresAt })
    .execute()
  return { id, expiresAt }
}

/** @returns undefined when the session is unknown or expired, or its token is revoked */
export async function authenticateSession(ctx: Ctx, id: string): Promise<Principal | undefined> {
  const session = await ctx.db
    .selectFrom('web_sessions')
    .select('token_id')
    .where('hash', '=', hashSecret(id))
    .where('expires_at', '>', ctx.clock.now())
    .executeTakeFirst()
  if (session === undefined) return undefined
  return session.token_id === null
    ? adminPrincipal('console')
    : await readToken(ctx, { id: session.token_id }, 'console')
}

export async function deleteSession(ctx: Ctx, id: string): Promise<void> {
  await ctx.db.deleteFrom('web_sessions').where('hash', '=', hashSecret(id)).execute()
}
