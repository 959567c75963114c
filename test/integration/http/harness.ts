import { gunzipSync, inflateSync } from 'node:zlib'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import type { Ctx } from '../../../src/context.ts'
import { DEFAULT_REACTIONS, reactions } from '../../../src/config.ts'
import { createDb, createPool } from '../../../src/db/client.ts'
import type { Database, Scope } from '../../../src/db/tables.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { createToken } from '../../../src/domain/access/create-token.ts'
import { createWriters } from '../../../src/domain/ingest/writers.ts'
import { createMasker } from '../../../src/domain/secrets/masker.ts'
import { createServer, type ServerDeps } from '../../../src/http/server.ts'
import { createTestDatabase } from '../../support/postgres.ts'

export const ADMIN_TOKEN = 'a-configured-admin-token'

export interface Api {
  app: FastifyInstance
  ctx: Ctx
  db: Kysely<Database>
  clock: { at: Date }
  /** Lines that the server logged. */
  logged: string[]
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Reply>
  token(scopes: Scope[], project?: string, person?: string): Promise<{ id: number; token: string }>
  stop(): Promise<void>
}

export interface CallOptions {
  /** Default: the admin token. null: none. */
  token?: string | null
  headers?: Record<string, string>
}

export interface Reply {
  status: number
  headers: LightMyRequestResponse['headers']
  // biome-ignore lint: tests look into bodies of every shape
  body: any
  text: string
}

/** Our API on a database of its own, without a listening socket. */
export async function startApi(overrides: Partial<ServerDeps> = {}): Promise<Api> {
  const database = await createTestDatabase()
  const db = createDb(createPool({ url: database.url, onError: () => {} }))
  const clock = { at: new Date('2026-11-24T09:00:00Z') }
  const logged: string[] = []
  const masker = createMasker([ADMIN_TOKEN])
  const ctx: Ctx = {
    db,
    clock: { now: () => clock.at },
    log: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
    publicUrl: 'http://127.0.0.1:3000',
    reactions: reactions(DEFAULT_REACTIONS),
    codeHosts: new Map(),
    mask: (value) => masker.maskDeep(value),
    checkpoint: () => {},
  }
  const app = await createServer(ctx, {
    adminToken: ADMIN_TOKEN,
    writers: createWriters(ctx),
    checks: async () => [],
    ...overrides,
  })
  await app.ready()
  return {
    app,
    ctx,
    db,
    clock,
    logged,
    call: (method, path, body, options) => call(app, method, path, body, options),
    token: async (scopes, project, person = 'ana') => {
      const input = { name: 'test', person, scopes, ...(project === undefined ? {} : { project }) }
      return await transaction(ctx.db, (trx) =>
        createToken(trx, ctx, { name: 'admin', origin: 'test' }, input),
      )
    },
    stop: async () => {
      await app.close()
      await db.destroy()
      await database.drop()
    },
  }
}

async function call(
  app: FastifyInstance,
  method: string,
  path: string,
  body?: unknown,
  { token = ADMIN_TOKEN, headers = {} }: CallOptions = {},
): Promise<Reply> {
  const raw = typeof body === 'string' || Buffer.isBuffer(body)
  const response = await app.inject({
    method: method,
    url: path,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: raw ? body : JSON.stringify(body) }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  const text = unpack(response.headers['content-encoding'], response.rawPayload).toString('utf8')
  return {
    status: response.statusCode,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
    text,
  }
}

function unpack(encoding: unknown, bytes: Buffer): Buffer {
  if (encoding === 'gzip') return gunzipSync(bytes)
  return encoding === 'deflate' ? inflateSync(bytes) : bytes
}
