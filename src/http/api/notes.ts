import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { actorOf, hasScope, requireProject } from '../../domain/access/principal.ts'
import { addNote } from '../../domain/notes/add-note.ts'
import { deleteNote } from '../../domain/notes/delete-note.ts'
import { editNote } from '../../domain/notes/edit-note.ts'
import { pageNotes } from '../../domain/search/page-notes.ts'
import { shownNote } from '../../domain/notes/read-notes.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { findNamedRuns } from '../../domain/runs/read/find-named-runs.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { tried } from '../../domain/search/tried.ts'
import { invalid } from '../../errors.ts'
import { replyOnce } from '../reply-once.ts'
import { principalOf } from '../auth.ts'
import { authorOf, accountOf } from '../author.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { answers, AUTHOR, list, NOTE, NOTE_TEXT, OBJECT, PAGING, PROJECT_NAME, RUN_REF } from '../schemas.ts'

const read = { config: { scope: 'read' } } as const
const change = { config: { scope: 'ingest' } } as const
const tags = ['notes']
const WORDS = { type: 'string', minLength: 1, maxLength: 1_000 } as const
/** The largest whole number that JSON carries exactly. */
const MAX_ID = 9_007_199_254_740_991
const NOTE_PARAMS = {
  type: 'object',
  properties: { note: { type: 'integer', minimum: 1, maximum: MAX_ID } },
  required: ['note'],
}

/** Notes and learnings: what people say of runs. */
export function noteRoutes(app: FastifyInstance, ctx: Ctx): void {
  listRoutes(app, ctx)
  changeRoutes(app, ctx)
  learningRoutes(app, ctx)
  triedRoute(app, ctx)
}

interface Filters {
  project?: string
  run?: string
  kind?: 'note' | 'learning'
  q?: string
  limit: number
  cursor?: string
}

function listRoutes(app: FastifyInstance, ctx: Ctx): void {
  const query = {
    type: 'object',
    properties: {
      project: PROJECT_NAME,
      run: RUN_REF,
      q: { ...WORDS, description: 'Words that it holds' },
      kind: { type: 'string', enum: ['note', 'learning'] },
      ...PAGING,
    },
    additionalProperties: false,
  }
  const schema = {
    summary: 'Notes and learnings, newest first',
    tags,
    querystring: query,
    response: answers(200, 'Notes', list(NOTE)),
  }
  app.get('/notes', { ...read, schema }, (request) => page(ctx, request, request.query as Filters))

  const { run: _run, kind: _kind, ...properties } = query.properties
  const learningSchema = {
    summary: 'Learnings, newest first',
    tags,
    querystring: { ...query, properties },
    response: answers(200, 'Learnings', list(NOTE)),
  }
  app.get('/learnings', { ...read, schema: learningSchema }, (request) =>
    page(ctx, request, { ...(request.query as Filters), kind: 'learning' }),
  )
}

async function page(ctx: Ctx, request: FastifyRequest, { project, run, kind, q, limit, cursor }: Filters) {
  const own = principalOf(request).projectId
  const scope = own === undefined ? {} : { projectId: own }
  const projectId = project === undefined ? own : (await findProject(ctx, project, scope)).id
  const { items, next } = await pageNotes(ctx, {
    projectId,
    run: run === undefined ? undefined : await findRun(ctx, run, own),
    kind,
    q,
    limit,
    before: cursor === undefined ? undefined : readCursor('notes', cursor, 15),
  })
  return { items: items.map(shownNote), next: next === null ? null : writeCursor('notes', next) }
}

function changeRoutes(app: FastifyInstance, ctx: Ctx): void {
  const editSchema = {
    summary: 'Give a note of yours another text',
    tags,
    params: NOTE_PARAMS,
    body: {
      type: 'object',
      properties: { text: NOTE_TEXT },
      required: ['text'],
      additionalProperties: false,
      examples: [{ text: 'Warm-up helps, but only above 1e-3.' }],
    },
    response: answers(200, 'The note as it is now', NOTE),
  }
  app.patch('/notes/:note', { ...change, schema: editSchema }, async (request) => {
    const principal = principalOf(request)
    const { note: id } = request.params as { note: number }
    const { text } = request.body as { text: string }
    const editor = { account: accountOf(principal), projectId: principal.projectId }
    const note = await transaction(ctx.db, (trx) => editNote(trx, ctx, actorOf(principal), editor, id, text))
    return shownNote(note)
  })

  const deleteSchema = {
    summary: 'Take a note back: yours, or anybody’s with an admin token',
    tags,
    params: NOTE_PARAMS,
    response: answers(200, 'That it is gone', OBJECT),
  }
  app.delete('/notes/:note', { ...change, schema: deleteSchema }, async (request) => {
    const principal = principalOf(request)
    const { note: id } = request.params as { note: number }
    const editor = {
      account: accountOf(principal),
      projectId: principal.projectId,
      admin: hasScope(principal, 'admin'),
    }
    await transaction(ctx.db, (trx) => deleteNote(trx, ctx, actorOf(principal), editor, id))
    return { id, deleted: true }
  })
}

interface Learning {
  project: string
  text: string
  runs?: string[]
  author?: string
}

function learningRoutes(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: 'Keep a learning, so that people who try the same find it',
    tags,
    body: {
      type: 'object',
      properties: {
        project: PROJECT_NAME,
        text: NOTE_TEXT,
        runs: { type: 'array', items: RUN_REF, maxItems: 100, description: 'Runs that show it' },
        author: AUTHOR,
      },
      required: ['project', 'text'],
      additionalProperties: false,
      examples: [{ project: 'churn', text: 'Label smoothing hurts below 10k rows.', runs: [] }],
    },
    response: answers(201, 'The learning', NOTE),
  }
  app.post('/learnings', { ...change, schema }, async (request, reply) => {
    const principal = principalOf(request)
    const { project: name, text, runs = [], author: said } = request.body as Learning
    requireProject(principal, name)
    const author = authorOf(principal, said)
    const project = await findProject(ctx, name)
    const keys = await findNamedRuns(ctx, runs, { projectId: project.id })
    await replyOnce(ctx, request, reply, 201, async (trx) => {
      const runIds = keys.map(({ runId }) => runId)
      const account = accountOf({ person: author })
      const note = { projectId: project.id, runIds, kind: 'learning' as const, text, author, account }
      return shownNote(await addNote(trx, ctx, actorOf(principal), note))
    })
    return reply
  })
}

function triedRoute(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: 'What is known of an idea: learnings, notes and runs that speak of it, best first',
    tags,
    querystring: {
      type: 'object',
      properties: {
        q: { ...WORDS, description: 'What you think of trying' },
        project: PROJECT_NAME,
        limit: { type: 'integer', minimum: 1, maximum: 100, default: 20, description: 'Of each kind' },
      },
      required: ['q'],
      additionalProperties: false,
    },
    response: answers(200, 'Learnings, notes, runs', OBJECT),
  }
  app.get('/tried', { ...read, schema }, async (request) => {
    const { q, project, limit } = request.query as { q: string; project?: string; limit: number }
    const own = principalOf(request).projectId
    const scope = own === undefined ? {} : { projectId: own }
    const projectId = project === undefined ? own : (await findProject(ctx, project, scope)).id
    const found = await tried(ctx, { words: q, projectId, limit })
    if (found === undefined) {
      throw invalid('q', 'These words say nothing to look for: name the idea.', { value: q })
    }
    const { learnings, notes, runs, loose } = found
    return { q, learnings: learnings.map(shownNote), notes: notes.map(shownNote), runs, loose }
  })
}
