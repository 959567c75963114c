import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, Scope } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { hashSecret, newToken } from './secrets.ts'
import { readTokenView, type TokenView } from './list-tokens.ts'

export interface TokenInput {
  /** Names the token's use: 'laptop', 'ci'. */
  name: string
  /** The owner's name, on the notes and runs made with the token. */
  person: string
  scopes: Scope[]
  /** The only project that the token may see and write. */
  project?: string
}

/** Makes a token. Only this answer has its text: the database stores its hash. */
export async function createToken(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  input: TokenInput,
): Promise<TokenView & { token: string }> {
  const projectId = input.project === undefined ? null : await findProject(trx, input.project)
  const token = newToken()
  const { id } = await trx
    .insertInto('tokens')
    .values({
      name: input.name,
      hash: hashSecret(token),
      person: input.person,
      scopes: [...new Set(input.scopes)],
      project_id: projectId,
      created_at: ctx.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { name, person, scopes, project } = input
  await audit(trx, ctx, actor, 'token.create', `token ${id}`, {
    ...(projectId === null ? {} : { projectId }),
    details: { name, person, scopes, project: project ?? null },
  })
  return { ...(await readTokenView(trx, id)), token }
}

async function findProject(trx: Transaction<Database>, name: string): Promise<number> {
  const project = await trx.selectFrom('projects').select('id').where('name', '=', name).executeTakeFirst()
  if (project === undefined) throw notFound(`No project '${name}'.`, { field: 'project', value: name })
  return project.id
}
