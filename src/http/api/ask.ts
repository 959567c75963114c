import type { FastifyInstance } from 'fastify'
import type { Asker } from '../../bots/commands/command.ts'
import { ask, commandOf } from '../../bots/dispatch.ts'
import type { Ctx } from '../../context.ts'
import { requireScope } from '../../domain/access/principal.ts'
import { replyInTurn } from '../reply-once.ts'
import { principalOf } from '../auth.ts'
import { consoleAsker } from '../console-asker.ts'
import { problemOf } from '../problems.ts'
import { PROBLEM_TYPE } from '../protocols/native/errors.ts'
import { answers, OBJECT } from '../schemas.ts'

const Q = { type: 'string', minLength: 1, maxLength: 4_000, description: 'What follows /exp' } as const

const ASK_BODY = {
  type: 'object',
  properties: { q: Q, channel: { type: 'string', minLength: 1, maxLength: 250 } },
  required: ['q'],
  additionalProperties: false,
  examples: [{ q: 'projects' }, { q: 'best accuracy in churn' }],
}

const read = { config: { scope: 'read' } } as const
const tags = ['questions']

/** The answers that chat gives, for scripts: the same command lines, the message and its facts. */
export function askRoutes(app: FastifyInstance, ctx: Ctx): void {
  const answerTurn = replyInTurn(ctx)
  const response = answers(200, 'The answer', OBJECT)

  const getSchema = {
    summary: 'Ask without changing anything',
    tags,
    querystring: { type: 'object', properties: { q: Q }, required: ['q'], additionalProperties: false },
    response,
  }
  app.get('/ask', { ...read, schema: getSchema }, async (request, reply) => {
    const { q } = request.query as { q: string }
    const command = commandOf(q)
    if (command?.changes === true) {
      const detail = `'${command.name}' changes something: POST it.`
      const problem = problemOf(405, 'method_not_allowed', detail, { field: 'q', allowed: 'POST' })
      return await reply.code(405).header('allow', 'POST').type(PROBLEM_TYPE).send(problem)
    }
    return await answer(ctx, consoleAsker(principalOf(request)), q)
  })

  const postSchema = { summary: 'Ask, or change something', tags, body: ASK_BODY, response }
  app.post('/ask', { ...read, schema: postSchema }, async (request, reply) => {
    const principal = principalOf(request)
    const { q, channel } = request.body as { q: string; channel?: string }
    if (commandOf(q)?.changes === true) requireScope(principal, 'ingest')
    await answerTurn(request, reply, () => answer(ctx, consoleAsker(principal, channel), q))
    return reply
  })
}

async function answer(ctx: Ctx, asker: Asker, line: string): Promise<unknown> {
  const { command, message, data } = await ask(ctx, asker, line)
  return { command, text: message.fallback, message, data }
}
