import type { FastifyInstance } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { listAdmins } from '../../domain/people/admins.ts'
import { type AdminInput, nameAdmin, removeAdmin } from '../../domain/people/name-admin.ts'
import { actorOf, requireWhole } from '../../domain/access/principal.ts'
import { replyOnce } from '../reply-once.ts'
import { principalOf } from '../auth.ts'
import { answers, list, OBJECT } from '../schemas.ts'

const text = { type: 'string', minLength: 1, maxLength: 250 } as const

const ADMIN_BODY = {
  type: 'object',
  properties: {
    kind: {
      type: 'string',
      enum: ['account', 'role', 'person'],
      description: 'An account or role of a chat platform, or a person by the owner name, on all of them',
    },
    platform: { type: 'string', enum: ['slack', 'discord'], description: 'Of an account or role' },
    workspace: { ...text, description: "Slack's team id or Discord's server id, of an account or role" },
    subject: { ...text, description: "The platform's id of the account or role, or the person's name" },
    name: { ...text, description: 'What people read; the subject unless said' },
  },
  required: ['kind', 'subject'],
  additionalProperties: false,
  examples: [
    { kind: 'person', subject: 'ana' },
    { kind: 'role', platform: 'discord', workspace: '99', subject: '555', name: 'ml-leads' },
  ],
}

const MAX_INT4 = 2_147_483_647
const admin = { config: { scope: 'admin' } } as const
const tags = ['admins']

/** Admins may set goals and invalidate runs; as long as no admin is named, every person may. */
export function adminRoutes(app: FastifyInstance, ctx: Ctx): void {
  app.addHook('preHandler', async (request) => requireWhole(principalOf(request)))

  const listSchema = {
    summary: 'All admins; while the list is empty, every person may do what admins may',
    tags,
    response: answers(200, 'Admins', list(OBJECT)),
  }
  app.get('/admins', { ...admin, schema: listSchema }, async () => ({
    items: await listAdmins(ctx.db),
    next: null,
  }))

  const createSchema = {
    summary: 'Name an admin',
    tags,
    body: ADMIN_BODY,
    response: answers(201, 'The admin', OBJECT),
  }
  app.post('/admins', { ...admin, schema: createSchema }, async (request, reply) => {
    const actor = actorOf(principalOf(request))
    const make = (trx: Transaction<Database>) => nameAdmin(trx, ctx, actor, request.body as AdminInput)
    await replyOnce(ctx, request, reply, 201, make)
    return reply
  })

  const deleteSchema = {
    summary: "Take an admin's rights away; after the last one everybody has them",
    tags,
    params: {
      type: 'object',
      properties: { id: { type: 'integer', minimum: 1, maximum: MAX_INT4 } },
      required: ['id'],
    },
    response: answers(200, 'The admin that was', OBJECT),
  }
  app.delete('/admins/:id', { ...admin, schema: deleteSchema }, async (request) => {
    const { id } = request.params as { id: number }
    const actor = actorOf(principalOf(request))
    return await transaction(ctx.db, (trx) => removeAdmin(trx, ctx, actor, id))
  })
}
