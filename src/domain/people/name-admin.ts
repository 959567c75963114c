import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, Platform } from '../../db/tables.ts'
import { invalid, notFound } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import type { AdminKind, AdminView } from './admins.ts'

export interface AdminInput {
  kind: AdminKind
  /** Of an account or role; a person is one on all platforms. */
  platform?: Extract<Platform, 'slack' | 'discord'>
  workspace?: string
  /** The platform's id, or the person's name. */
  subject: string
  /** What people read; the subject unless said. */
  name?: string
}

const MAX_ADMINS = 200

/** Names an admin. Naming one again changes the shown name only. @throws AppError that names the field */
export async function nameAdmin(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  input: AdminInput,
): Promise<AdminView> {
  const place = placeOf(input)
  const subject = input.subject.trim()
  if (subject === '') throw invalid('subject', 'Whom? An account, a role or a person has to be said.')
  const name = (input.name ?? subject).trim() || subject
  await refuseTooMany(trx)
  const row = await trx
    .insertInto('admins')
    .values({
      ...place,
      kind: input.kind,
      subject,
      name,
      named_by: actor.name,
      created_at: ctx.clock.now(),
    })
    .onConflict((conflict) =>
      conflict.columns(['platform', 'workspace', 'kind', 'subject']).doUpdateSet({ name }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  const details = { ...place, kind: input.kind, subject }
  await audit(trx, ctx, actor, 'admin.name', `admin ${name}`, { details })
  return { ...row, created_at: row.created_at.toISOString() }
}

/** Takes an admin's rights away. When it was the last one, everybody has them again. @throws AppError not_found */
export async function removeAdmin(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  id: number,
): Promise<AdminView> {
  const row = await trx.deleteFrom('admins').where('id', '=', id).returningAll().executeTakeFirst()
  if (row === undefined) throw notFound(`No admin ${id}.`, { field: 'id', value: id })
  const { platform, workspace, kind, subject, name } = row
  const details = { platform, workspace, kind, subject }
  await audit(trx, ctx, actor, 'admin.remove', `admin ${name}`, { details })
  return { ...row, created_at: row.created_at.toISOString() }
}

function placeOf({ kind, platform, workspace }: AdminInput): { platform: string; workspace: string } {
  if (kind === 'person') return { platform: 'any', workspace: '' }
  if (platform === undefined) {
    throw invalid('platform', `The platform of this ${kind} has to be said.`, { allowed: 'slack, discord' })
  }
  if (workspace === undefined || workspace === '') {
    const allowed = platform === 'slack' ? "Slack's team id" : "Discord's server id"
    throw invalid('workspace', `Where is this ${kind}? ${allowed} has to be said.`, { allowed })
  }
  return { platform, workspace }
}

async function refuseTooMany(trx: Transaction<Database>): Promise<void> {
  const { count } = await trx
    .selectFrom('admins')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  if (Number(count) >= MAX_ADMINS)
    throw invalid('subject', `There are ${MAX_ADMINS} admins already; name a role instead.`)
}
