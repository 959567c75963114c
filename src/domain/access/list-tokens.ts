import type { Kysely } from 'kysely'
import type { Database, Scope } from '../../db/tables.ts'

/** A token as the API and pages show it: without its text and its hash. */
export interface TokenView {
  id: number
  name: string
  person: string
  scopes: Scope[]
  project: string | null
  created_at: string
  last_used_at: string | null
  revoked_at: string | null
}

/** All tokens, newest first. Revoked ones are included, because audit entries refer to them. */
export async function listTokens(
  db: Kysely<Database>,
  { limit, before }: { limit: number; before?: number },
): Promise<{ items: TokenView[]; next: number | null }> {
  const rows = await tokens(db)
    .$if(before !== undefined, (query) => query.where('tokens.id', '<', before ?? 0))
    .orderBy('tokens.id', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map(view)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

export async function readTokenView(db: Kysely<Database>, id: number): Promise<TokenView> {
  return view(await tokens(db).where('tokens.id', '=', id).executeTakeFirstOrThrow())
}

function tokens(db: Kysely<Database>) {
  return db
    .selectFrom('tokens')
    .leftJoin('projects', 'projects.id', 'tokens.project_id')
    .select(['tokens.id', 'tokens.name', 'person', 'scopes', 'projects.name as project'])
    .select(['tokens.created_at', 'last_used_at', 'revoked_at'])
}

type Row = Awaited<ReturnType<ReturnType<typeof tokens>['executeTakeFirstOrThrow']>>

function view({ created_at, last_used_at, revoked_at, ...rest }: Row): TokenView {
  return {
    ...rest,
    created_at: created_at.toISOString(),
    last_used_at: last_used_at?.toISOString() ?? null,
    revoked_at: revoked_at?.toISOString() ?? null,
  }
}
