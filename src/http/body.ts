import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid, messageOf } from '../errors.ts'
import { findBadText, hasLongIntegers, parseExact } from './json.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the body was read from, for exactBody. */
    bodyText: string
    /** sha256 of the body, when the request has an Idempotency-Key. */
    bodyHash: string
  }
}

/** Reads JSON bodies. A body that is not JSON, or holds text that cannot be stored, is refused before any handler runs. */
export function readJsonBodies(app: FastifyInstance): void {
  app.decorateRequest('bodyText', '')
  app.decorateRequest('bodyHash', '')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  const parse = async (request: FastifyRequest, body: Buffer) => parseBody(request, body)
  app.addContentTypeParser(/^application\/(?:[\w.-]+\+)?json\b/i, { parseAs: 'buffer' }, parse)
}

function parseBody(request: FastifyRequest, bytes: Buffer): unknown {
  if (request.headers['idempotency-key'] !== undefined) {
    request.bodyHash = createHash('sha256').update(bytes).digest('hex')
  }
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw invalid('body', 'The body is not UTF-8.')
  const text = bytes.toString('utf8')
  const parsed = parseText(text)
  const bad = findBadText(text, parsed)
  if (bad !== undefined) throw invalid(bad.field, `${bad.field || 'The body'} ${bad.problem}.`)
  request.bodyText = text
  return parsed
}

const BARE_WORD = /[[,:\s]-?(?:NaN|Infinity)[\s,\]}]/

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const hint = BARE_WORD.test(text)
      ? 'JSON has no NaN or Infinity: send null, or the words in quotes'
      : 'one JSON value'
    throw invalid('body', `The body is not JSON: ${messageOf(error)}.`, { allowed: hint })
  }
}

/** The body with every integer exact; bigints only where a double would have lost digits. */
export function exactBody(request: FastifyRequest): unknown {
  return hasLongIntegers(request.body) ? parseExact(request.bodyText) : request.body
}
