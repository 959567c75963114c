import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../../context.ts'
import type { RunKey } from '../../../db/tables.ts'
import { actorOf, requireProject } from '../../../domain/access/principal.ts'
import { addNote } from '../../../domain/notes/add-note.ts'
import { shownNote } from '../../../domain/notes/read-notes.ts'
import { appendLogs } from '../../../domain/runs/write/append-logs.ts'
import type { StartedRun } from '../../../domain/runs/write/start-runs.ts'
import { heartbeat } from '../../../domain/runs/status/heartbeat.ts'
import type { SeriesInput } from '../../../points/index.ts'
import { runUrl } from '../../../domain/runs/run-url.ts'
import { refOf } from '../../../domain/values/ref.ts'
import { replyOnce, replyWritten } from '../../reply-once.ts'
import { principalOf } from '../../auth.ts'
import { accountOf, authorOf } from '../../author.ts'
import { exactBody } from '../../body.ts'
import { answers, NOTE, OBJECT, RUN_PARAMS } from '../../schemas.ts'
import { createKeyFinder } from '../find-key.ts'
import type { ProtocolDeps } from '../protocol.ts'
import { type PointsBody, readPlainSeries, toSeries } from './to-series.ts'
import { toRunInput, toRunPatch } from './to-run.ts'
import { LINES_BODY, NOTE_BODY, PATCH_BODY, POINTS_BODY, RUN_BODY } from './schemas.ts'

const METRICS_LIMIT = 20 * 1024 * 1024
const ingest = { config: { scope: 'ingest' } } as const
const tags = ['ingest']

/** What training scripts call. Every answer comes after its commit. */
export function ingestRoutes(app: FastifyInstance, { ctx, writers }: ProtocolDeps): void {
  const keys = createKeyFinder(ctx)
  const find = (request: FastifyRequest) =>
    keys.find(principalOf(request), (request.params as { run: string }).run)

  const created = answers(201, 'The run, runs with the same inputs, records it set', OBJECT)
  const startSchema = {
    summary: 'Start a run, or store a finished one',
    tags,
    body: RUN_BODY,
    response: created,
  }
  app.post('/runs', { ...ingest, schema: startSchema }, async (request, reply) => {
    const principal = principalOf(request)
    const input = toRunInput(exactBody(request) as Record<string, unknown>)
    requireProject(principal, input.project)
    const owned = principal.tokenId === null ? input : { owner: principal.person, ...input }
    const given = { actor: actorOf(principal), input: owned }
    const body = (started: StartedRun) => startedJson(ctx, started)
    const started = await replyWritten(request, reply, writers.start, given, { status: 201, body })
    if (started !== undefined) keys.remember(started.key)
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
    const given = { actor: actorOf(principalOf(request)), key: await find(request), patch }
    await replyWritten(request, reply, writers.change, given, AS_IT_IS)
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
    const key = await find(request)
    const stored = await replyWritten(request, reply, writers.log, { key, series }, AS_IT_IS)
    app.countPoints(stored?.accepted ?? 0)
    return reply
  })

  sideRoutes(app, ctx, find)
}

const AS_IT_IS = { status: 200, body: <O>(output: O) => output }

/** The reply to a start. */
function startedJson(ctx: Ctx, { key, project, number, name, status, duplicates, records }: StartedRun) {
  const url = runUrl(ctx, project, number)
  const run = { id: key.runId, ref: refOf(project, number), url, project, number, name, status }
  return { run, duplicates, records }
}

type FindRun = (request: FastifyRequest) => Promise<RunKey>

/** A sign of life, last lines of output, notes. */
function sideRoutes(app: FastifyInstance, ctx: Ctx, find: FindRun): void {
  const beatSchema = {
    summary: 'Say that the run is alive',
    tags,
    params: RUN_PARAMS,
    body: { type: ['object', 'null'], properties: {}, additionalProperties: false },
    response: answers(200, 'Noted', OBJECT),
  }
  // A repeat of it changes nothing, so that it needs no key.
  app.post('/runs/:run/heartbeat', { ...ingest, schema: beatSchema }, async (request) => {
    await heartbeat(ctx, await find(request))
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
    const key = await find(request)
    await replyOnce(ctx, request, reply, 200, async (trx) => {
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
    const { projectId, runId } = await find(request)
    const account = accountOf({ person: author })
    await replyOnce(ctx, request, reply, 201, async (trx) =>
      shownNote(
        await addNote(trx, ctx, actorOf(principal), { projectId, runIds: [runId], text, author, account }),
      ),
    )
    return reply
  })
}
