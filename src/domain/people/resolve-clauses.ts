import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { invalid } from '../../errors.ts'
import type { Clause, PlainClause } from '../query/parse.ts'
import type { Account } from './account.ts'
import { personOf } from './person-of.ts'

/**
 * The clauses with owner names in place of accounts: `by:me` is the asker, `by:@ana` the person with that account. An
 * account that is not linked stands for the owner of its own name.
 * @throws AppError invalid for `by:me` of somebody who never said who they are
 */
export async function resolveClauses(
  ctx: Pick<Ctx, 'db'>,
  asker: Account,
  clauses: Clause[],
): Promise<PlainClause[]> {
  const plain: PlainClause[] = []
  for (const clause of clauses) {
    const { negated, token, position } = clause
    if (clause.kind === 'me') {
      const owner = (await personOf(ctx, asker)) ?? unknownSelf(token, position)
      plain.push({ kind: 'owner', owner, negated, token, position })
    } else if (clause.kind === 'account') {
      const owner = (await ownerOf(ctx, asker, clause)) ?? clause.name
      plain.push({ kind: 'owner', owner, negated, token, position })
    } else plain.push(clause)
  }
  return plain
}

function unknownSelf(token: string, position: number): never {
  throw invalid('q', 'Your account is not linked to an owner of runs yet.', {
    token,
    position,
    allowed: 'a name after by:',
    suggestions: [],
    hint: { command: 'iam <name>', to: 'say so, with the owner that they carry' },
  })
}

async function ownerOf(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace }: Account,
  { account, name }: Extract<Clause, { kind: 'account' }>,
): Promise<string | undefined> {
  if (account !== undefined) return await personOf(ctx, { platform, workspace, account })
  const row = await ctx.db
    .selectFrom('people_accounts as link')
    .innerJoin('people', 'people.id', 'link.person_id')
    .select('people.name')
    .where('link.platform', '=', platform)
    .where('link.workspace', '=', workspace)
    .where(sql<string>`lower(link.name)`, '=', name.toLowerCase())
    .orderBy('link.created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.name
}
