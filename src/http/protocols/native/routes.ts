import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../context.ts'
import { actorOf, requireProject } from '../../../domain/access/principal.ts'
import { addNote } from '../../../domain/notes/add-note.ts'
import { shownNote } from '../../../domain/notes/read-notes.ts'
import { appendLogs } from '../../../domain/runs/write/append-logs.ts'
import { prepareStart } from '../../../domain/runs/write/start-runs.ts'
import { heartbeat } from '../../../domain/runs/write/heartbeat.ts'
import type { SeriesInput } from '../../../points/index.ts'
import { prepareChange } from '../../../domain/runs/write/update-runs.ts'
import { answerOnce } from '../../answer-once.ts'
import { principalOf } from '../../auth.ts'
import { accountOf, authorOf } from '../../author.ts'
import { exactBody } from '../../body.ts'
import { answers, AUTHOR, NOTE, NOTE_TEXT, OBJECT, RUN_PARAMS } from '../../schemas.ts'
import { createKeyFinder, type KeyFinder } from '../find-key.ts'
import { groupWriters } from './group-writers.ts'
import { POINTS_BODY, type PointsBody, readPlainSeries, toSeries } from './to-series.ts'
import { toRunInput, toRunPatch } from './to-run.ts'
import { PATCH_BODY, RUN_BODY } from './schemas.ts'

const METRICS_LIMIT = 20 * 1024 * 1024
const ingest = { config: { scope: 'ingest' } } as const
const tags = ['ingest']

/** What training scripts call. Every answer comes after its commit. */
export function ingestRoutes(app: FastifyInstance, ctx: Ctx): void {
  const { start, change, log } = groupWriters(ctx)
  const keys = createKeyFinder(ctx)

  const created = answers(201, 'The run, runs with the same inputs, records it set', OBJECT)
  const startSchema = {
    summary: 'Start a run, or record a finished one',
    tags,
    body: RUN_BODY,
    response: created,
  }
  app.post('/runs', { ...ingest, schema: startSchema }, async (request, reply) => {
    const principal = principalOf(request)
    const input = toRunInput(exactBody(request) as Record<string, unknown>)
    requireProject(principal, input.project)
    const owned = principal.tokenId === null ? input : { owner: principal.person, ...input }
    const made = await start(request, reply, prepareStart(ctx, actorOf(principal), owned))
    if (made !== undefined) keys.remember(made.key)
    return reply
  })

  const patchSchema = {
    summary: 'Change or finish a run; what is absent stays',
    tags,
    params: RUN_PARAMS,
    body: PATCH_BODY,
    response: answers(200, 'The run as it is now, records it set', OBJECT),
  }
  app.patch('/runs/:run', { ...ingest, schema: patchSchema }, async (request, reply) => {
    const patch = toRunPatch(exactBody(request) as Record<string, unknown>)
    const key = await keys.find(request)
    await change(request, reply, prepareChange(ctx, actorOf(principalOf(request)), key, patch))
    return reply
  })

  const pointsSchema = {
    summary: 'Log points, one by one or in columns',
    tags,
    params: RUN_PARAMS,
    body: POINTS_BODY,
    response: answers(200, 'How many points are new, and how many were there already', OBJECT),
  }
  const reading = { bodyLimit: METRICS_LIMIT, validatorCompiler: readPlainSeries }
  const pointsOptions = { ...ingest, schema: pointsSchema, ...reading }
  app.post('/runs/:run/metrics', pointsOptions, async (request, reply) => {
    const { body } = request as { body: SeriesInput[] | PointsBody }
    const series = Array.isArray(body) ? body : toSeries(exactBody(request) as PointsBody)
    const key = await keys.find(request)
    const stored = await log(request, reply, { key, series })
    app.countPoints(stored?.accepted ?? 0)
    return reply
  })

  sideRoutes(app, ctx, keys)
}

const LINES_BODY = {
  type: 'object',
  properties: { lines: { type: 'array', items: { type: 'string', maxLength: 10_000 }, maxItems: 10_000 } },
  required: ['lines'],
  additionalProperties: false,
  examples: [{ lines: ['epoch 3', 'CUDA out of memory'] }],
}

const NOTE_BODY = {
  type: 'object',
  properties: {
    text: NOTE_TEXT,
    author: AUTHOR,
  },
  required: ['text'],
  additionalProperties: false,
  examples: [{ text: 'Warm-up helps.' }],
}

/** A sign of life, last lines of output, notes. */
function sideRoutes(app: FastifyInstance, ctx: Ctx, keys: KeyFinder): void {
  const beatSchema = {
    summary: 'Say that the run is alive',
    tags,
    params: RUN_PARAMS,
    body: { type: ['object', 'null'], properties: {}, additionalProperties: false },
    response: answers(200, 'Noted', OBJECT),
  }
  // A repeat of it changes nothing, so that it needs no key.
  app.post('/runs/:run/heartbeat', { ...ingest, schema: beatSchema }, async (request) => {
    await heartbeat(ctx, await keys.find(request))
    return { ok: true }
  })

  const logsSchema = {
    summary: 'Keep the last lines of output, for failures',
    tags,
    params: RUN_PARAMS,
    body: LINES_BODY,
    response: answers(200, 'How many lines came in', OBJECT),
  }
  app.post('/runs/:run/logs', { ...ingest, schema: logsSchema }, async (request, reply) => {
    const { lines } = request.body as { lines: string[] }
    const key = await keys.find(request)
    await answerOnce(ctx, request, reply, 200, async (trx) => {
      await appendLogs(trx, ctx, key, lines)
      return { accepted: lines.length }
    })
    return reply
  })

  const noteSchema = {
    summary: 'Note what was learned from a run',
    tags,
    params: RUN_PARAMS,
    body: NOTE_BODY,
    response: answers(201, 'The note', NOTE),
  }
  app.post('/runs/:run/notes', { ...ingest, schema: noteSchema }, async (request, reply) => {
    const principal = principalOf(request)
    const { text, author: said } = request.body as { text: string; author?: string }
    const author = authorOf(principal, said)
    const { projectId, runId } = await keys.find(request)
    const account = accountOf({ person: author })
    await answerOnce(ctx, request, reply, 201, async (trx) =>
      shownNote(
        await addNote(trx, ctx, actorOf(principal), { projectId, runIds: [runId], text, author, account }),
      ),
    )
    return reply
  })
}
