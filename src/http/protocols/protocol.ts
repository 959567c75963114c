import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import type { Writers } from '../../domain/ingest/writers.ts'
import type { Problem } from '../problems.ts'

export interface ProtocolDeps {
  ctx: Ctx
  writers: Writers
}

/** The reply to a request that failed. */
export interface ErrorReply {
  status: number
  contentType: string
  /** An object is sent as JSON. */
  body: object | string
}

/** A language in which clients log runs: its routes and schemas, the translation to the domain, its errors. */
export interface Protocol {
  /** Names the protocol in the audit log, and as the `source` of the runs that it starts. */
  name: string
  /** The path above all its routes, as `/api/v1`. */
  prefix: string
  /**
   * Adds the routes. `app` is a scope of its own: parsers, compilers, serializers and hooks that are set on it
   * concern this protocol alone. A route whose config names a `scope` is guarded; it counts points by app.countPoints.
   */
  register(app: FastifyInstance, deps: ProtocolDeps): void | Promise<void>
  /**
   * Words a failure for the protocol's clients: an error of its routes, a path under its prefix that does not exist,
   * a missing token, a body that cannot be parsed. `problem` holds no secrets.
   */
  errorShape(problem: Problem): ErrorReply
}
