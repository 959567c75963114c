import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { requireAdmin } from '../../domain/people/admins.ts'
import { actorOf, type Principal } from '../../domain/access/principal.ts'
import {
  INVALIDATE,
  invalidateRun,
  REASON_LIMIT,
  undoInvalidation,
} from '../../domain/invalidation/invalidate-run.ts'
import { giveLabel, removeLabel } from '../../domain/labels/give-label.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { readRun } from '../../domain/runs/read/read-run.ts'
import { starRuns } from '../../domain/runs/write/star-runs.ts'
import { tagRuns } from '../../domain/runs/write/tag-runs.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { principalOf } from '../auth.ts'
import { accountOf, claimantOf } from '../author.ts'
import { answers, OBJECT, RUN_PARAMS, RUN_REF } from '../schemas.ts'

const change = { config: { scope: 'ingest' } } as const
const tags = ['annotations']

const NOTHING = { type: ['object', 'null'], properties: {}, additionalProperties: false }

type Verb = (trx: Transaction<Database>, principal: Principal, key: RunKey) => Promise<unknown>

/** What is said of one run in a word: tags, a star, labels, that it is invalid. */
export function annotationRoutes(app: FastifyInstance, ctx: Ctx): void {
  const keyOf = async (request: FastifyRequest) =>
    await findRun(ctx, (request.params as { run: string }).run, principalOf(request).projectId)
  const inOne = async (request: FastifyRequest, verb: Verb) => {
    const principal = principalOf(request)
    const key = await keyOf(request)
    await transaction(ctx.db, (trx) => verb(trx, principal, key))
    return await readRun(ctx, key)
  }
  tagRoutes(app, ctx, inOne)
  starRoutes(app, ctx, inOne)
  labelRoutes(app, ctx, inOne)
  invalidationRoutes(app, ctx, keyOf)
}

type InOne = (request: FastifyRequest, verb: Verb) => Promise<RunView>

function tagRoutes(app: FastifyInstance, ctx: Ctx, inOne: InOne): void {
  const params = named('key', 250, "A tag's name")
  const shown = ({ ref, tags: own }: RunView) => ({ run: ref, tags: own })
  const putSchema = {
    summary: 'Give a run a tag, or another value of it',
    tags,
    params,
    body: {
      type: ['object', 'null'],
      properties: { value: { type: 'string', maxLength: 8_000, default: '' } },
      additionalProperties: false,
      examples: [{ value: 'ablation' }, {}],
    },
    response: answers(200, "The run's tags as they are now", OBJECT),
  }
  app.put('/runs/:run/tags/:key', { ...change, schema: putSchema }, async (request) => {
    const { key: name } = request.params as { key: string }
    const { value = '' } = (request.body ?? {}) as { value?: string }
    const run = await inOne(request, (trx, principal, key) =>
      tagRuns(trx, ctx, actorOf(principal), [key], { set: { [name]: value }, remove: [] }),
    )
    return shown(run)
  })

  const deleteSchema = {
    summary: 'Take a tag off a run; one that it does not have is no error',
    tags,
    params,
    response: answers(200, "The run's tags as they are now", OBJECT),
  }
  app.delete('/runs/:run/tags/:key', { ...change, schema: deleteSchema }, async (request) => {
    const { key: name } = request.params as { key: string }
    const run = await inOne(request, (trx, principal, key) =>
      tagRuns(trx, ctx, actorOf(principal), [key], { set: {}, remove: [name] }),
    )
    return shown(run)
  })
}

function starRoutes(app: FastifyInstance, ctx: Ctx, inOne: InOne): void {
  const schema = (summary: string, body?: object) => ({
    summary,
    tags,
    params: RUN_PARAMS,
    ...(body === undefined ? {} : { body }),
    response: answers(200, 'Whether it has a star now', OBJECT),
  })
  const set = async (request: FastifyRequest, starred: boolean) => {
    const run = await inOne(request, (trx, principal, key) =>
      starRuns(trx, ctx, actorOf(principal), [key], starred),
    )
    return { run: run.ref, starred: run.starred }
  }
  app.put('/runs/:run/star', { ...change, schema: schema('Put a star on a run', NOTHING) }, (request) =>
    set(request, true),
  )
  app.delete('/runs/:run/star', { ...change, schema: schema('Take the star away') }, (request) =>
    set(request, false),
  )
}

function labelRoutes(app: FastifyInstance, ctx: Ctx, inOne: InOne): void {
  const schema = (summary: string, body?: object) => ({
    summary,
    tags,
    ...(body === undefined ? {} : { body }),
    params: named('label', 40, 'keep, ablation ...'),
    response: answers(200, "The run's labels as they are now", OBJECT),
  })
  const shown = ({ ref, labels }: RunView) => ({ run: ref, labels })
  const nameOf = (request: FastifyRequest) => (request.params as { label: string }).label
  const give = schema('Give a run a label, as a reaction in chat does', NOTHING)
  app.put('/runs/:run/labels/:label', { ...change, schema: give }, async (request) => {
    const run = await inOne(request, (trx, principal, key) => {
      const by = { account: accountOf(principal), name: principal.person }
      return giveLabel(trx, ctx, actorOf(principal), key, nameOf(request), by)
    })
    return shown(run)
  })
  const take = schema('Remove a label from a run, no matter who gave it')
  app.delete('/runs/:run/labels/:label', { ...change, schema: take }, async (request) => {
    const run = await inOne(request, (trx, principal, key) =>
      removeLabel(trx, ctx, actorOf(principal), key, nameOf(request)),
    )
    return shown(run)
  })
}

function invalidationRoutes(
  app: FastifyInstance,
  ctx: Ctx,
  keyOf: (request: FastifyRequest) => Promise<RunKey>,
): void {
  const putSchema = {
    summary: 'Take a run off every board, give its records back and correct what was said of it',
    tags,
    params: RUN_PARAMS,
    body: {
      type: 'object',
      properties: { reason: { type: 'string', minLength: 1, maxLength: REASON_LIMIT } },
      required: ['reason'],
      additionalProperties: false,
      examples: [{ reason: 'label leak' }],
    },
    response: answers(200, 'What is stored now, and which records moved', OBJECT),
  }
  app.put('/runs/:run/invalidation', { ...change, schema: putSchema }, async (request) => {
    const principal = principalOf(request)
    const key = await keyOf(request)
    await requireAdmin(ctx, claimantOf(principal), INVALIDATE)
    const { reason } = request.body as { reason: string }
    const by = { account: accountOf(principal), name: principal.person }
    const done = await transaction(ctx.db, (trx) =>
      invalidateRun(trx, ctx, actorOf(principal), key, { reason, by }),
    )
    const { ref, invalid } = await readRun(ctx, key)
    return { run: ref, invalid, ...done }
  })

  const deleteSchema = {
    summary: 'Make a run valid again, with the records that it would hold had it never been invalid',
    tags,
    params: RUN_PARAMS,
    response: answers(200, 'What is stored now, and which records moved', OBJECT),
  }
  app.delete('/runs/:run/invalidation', { ...change, schema: deleteSchema }, async (request) => {
    const principal = principalOf(request)
    const key = await keyOf(request)
    await requireAdmin(ctx, claimantOf(principal), INVALIDATE)
    const done = await transaction(ctx.db, (trx) => undoInvalidation(trx, ctx, actorOf(principal), key))
    const { ref, invalid } = await readRun(ctx, key)
    return { run: ref, invalid, ...done }
  })
}

/** The address of a run and of something of it by name. */
function named(name: string, maxLength: number, description: string): object {
  return {
    type: 'object',
    properties: { run: RUN_REF, [name]: { type: 'string', minLength: 1, maxLength, description } },
    required: ['run', name],
  }
}
