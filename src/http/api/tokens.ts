import type { FastifyInstance } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { actorOf, requireWhole } from '../../domain/access/principal.ts'
import { createToken, type TokenInput } from '../../domain/access/create-token.ts'
import { listTokens } from '../../domain/access/list-tokens.ts'
import { revokeToken } from '../../domain/access/revoke-token.ts'
import { replyOnce } from '../reply-once.ts'
import { principalOf } from '../auth.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { answers, list, OBJECT, PAGING, PROJECT_NAME } from '../schemas.ts'

const TOKEN_BODY = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 250, description: 'What it is for' },
    person: { type: 'string', minLength: 1, maxLength: 250, description: 'Whose it is' },
    scopes: {
      type: 'array',
      minItems: 1,
      maxItems: 3,
      items: { type: 'string', enum: ['ingest', 'read', 'admin'] },
    },
    project: { ...PROJECT_NAME, description: 'The only project that it may see and write' },
  },
  required: ['name', 'person', 'scopes'],
  additionalProperties: false,
  examples: [{ name: 'laptop', person: 'ana', scopes: ['ingest', 'read'] }],
}

const MAX_INT4 = 2_147_483_647
const admin = { config: { scope: 'admin' } } as const
const tags = ['tokens']

/** Tokens are made, listed and revoked by admins; the text of one is shown once, when it is made. */
export function tokenRoutes(app: FastifyInstance, ctx: Ctx): void {
  app.addHook('preHandler', async (request) => requireWhole(principalOf(request)))

  const createSchema = {
    summary: 'Make a token; its text is in this answer only',
    tags,
    body: TOKEN_BODY,
    response: answers(201, 'The token', OBJECT),
  }
  app.post('/tokens', { ...admin, schema: createSchema }, async (request, reply) => {
    const input = request.body as TokenInput
    const actor = actorOf(principalOf(request))
    const make = (trx: Transaction<Database>) => createToken(trx, ctx, actor, input)
    await replyOnce(ctx, request, reply, 201, make, (made) => ({ ...(made as object), token: null }))
    return reply
  })

  const listSchema = {
    summary: 'All tokens, newest first, without their texts',
    tags,
    querystring: { type: 'object', properties: PAGING, additionalProperties: false },
    response: answers(200, 'Tokens', list(OBJECT)),
  }
  app.get('/tokens', { ...admin, schema: listSchema }, async (request) => {
    const { limit, cursor } = request.query as { limit: number; cursor?: string }
    const before = cursor === undefined ? {} : { before: readCursor('tokens', cursor) }
    const { items, next } = await listTokens(ctx.db, { limit, ...before })
    return { items, next: next === null ? null : writeCursor('tokens', next) }
  })

  const deleteSchema = {
    summary: 'Revoke a token, and the log-ins made with it',
    tags,
    params: {
      type: 'object',
      properties: { id: { type: 'integer', minimum: 1, maximum: MAX_INT4 } },
      required: ['id'],
    },
    response: answers(200, 'The token as it is now', OBJECT),
  }
  app.delete('/tokens/:id', { ...admin, schema: deleteSchema }, async (request) => {
    const { id } = request.params as { id: number }
    const actor = actorOf(principalOf(request))
    return await transaction(ctx.db, (trx) => revokeToken(trx, ctx, actor, id))
  })
}
