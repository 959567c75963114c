import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from '../../../src/http/json.ts'
import { type Api, startApi } from './harness.ts'
import { bodies, type Schema, valid } from './schema-arbitrary.ts'
import { fuzzRuns } from '../../support/fuzz.ts'

const RUNS = fuzzRuns(150)
const TIMEOUT = 60_000 + RUNS.numRuns * 100

interface Operation {
  method: string
  path: string
  body: Schema | undefined
  query: { name: string; schema: Schema }[]
}

let api: Api
let operations: Operation[]
let run: string
beforeAll(async () => {
  api = await startApi({ rateLimit: { max: 1e9, windowMs: 60_000 } })
  const { body } = await api.call('GET', '/api/openapi.json')
  operations = operationsOf(body.paths)
  run = await newRun()
})
afterAll(async () => await api.stop())

async function newRun(): Promise<string> {
  const metrics = { accuracy: 0.5 }
  return (await api.call('POST', '/api/v1/runs', { project: 'churn', metrics })).body.run.id
}

// biome-ignore lint: an OpenAPI document
function operationsOf(paths: Record<string, Record<string, any>>): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      body: bodyOf(operation.requestBody?.content['application/json']),
      query: (operation.parameters ?? []).filter((one: { in: string }) => one.in === 'query'),
    })),
  )
}

/** The document keeps examples beside the schema. */
function bodyOf(content?: {
  schema: Schema
  example?: unknown
  examples?: Record<string, { value: unknown }>
}): Schema | undefined {
  if (content === undefined) return undefined
  const examples = Object.values(content.examples ?? {}).map(({ value }) => value)
  const all = content.example === undefined ? examples : [content.example, ...examples]
  return all.length === 0 ? content.schema : { ...content.schema, examples: all }
}

const TABLES = [
  'projects',
  'metrics',
  'runs',
  'run_params',
  'run_tags',
  'run_data',
  'run_logs',
  'notes',
  'note_runs',
  'run_labels',
  'metric_chunks',
  'metric_summaries',
  'records',
  'tokens',
  'idempotency_keys',
  'audit',
  'outbox',
]

async function counts(): Promise<unknown> {
  const one = (table: string) => sql`(select count(*) from ${sql.table(table)})`
  const { rows } =
    await sql`select ${sql.join(TABLES.map((table) => sql`${one(table)} as ${sql.ref(table)}`))}`.execute(
      api.db,
    )
  return rows[0]
}

/** The path with real or made-up names in its places. */
function address(path: string, names: string[]): string {
  let index = 0
  return path.replace(/\{(\w+)\}/g, () =>
    encodeURIComponent((names[index++ % names.length] ?? '').toWellFormed() || 'x'),
  )
}

describe('G8: whatever is sent', () => {
  it('gets no 5xx, and a refused write writes nothing', { timeout: TIMEOUT }, async () => {
    const writes = operations.filter(({ body }) => body !== undefined)
    expect(writes.length).toBeGreaterThanOrEqual(6)
    const request = fc
      .constantFrom(...writes)
      .chain((operation) =>
        fc.record({ operation: fc.constant(operation), text: bodies(operation.body ?? {}, stringify) }),
      )
    let accepted = 0
    let before = await counts()
    const property = fc.asyncProperty(request, async ({ operation, text }) => {
      const reply = await api.call(operation.method, address(operation.path, [run, 'accuracy']), text)
      expect(reply.status, reply.text).toBeLessThan(500)
      const after = await counts()
      if (reply.status < 300) {
        accepted++
        if (operation.method === 'PATCH') run = await newRun()
        before = await counts()
        return
      }
      expect(reply.headers['content-type']).toMatch(/problem\+json/)
      expect(after, `${operation.method} ${operation.path} ${text}`).toEqual(before)
    })
    await fc.assert(property, { ...RUNS, endOnFailure: true })
    expect(api.logged).toEqual([])
    expect(accepted / RUNS.numRuns).toBeGreaterThan(0.3)
  })

  it('gets no 5xx for addresses, queries and headers of any kind', { timeout: TIMEOUT }, async () => {
    const name = fc.oneof(
      fc.constantFrom('churn', 'churn#1', 'accuracy', run),
      fc.string({ unit: 'binary' }),
      fc.string(),
    )
    const header = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        'application/json',
        'gzip',
        'text/plain',
        'Basic AAAA',
        'Bearer',
        'application/json;charset=x',
        '',
      ),
    )
    const headers = fc.dictionary(
      fc.constantFrom(
        'authorization',
        'content-type',
        'content-encoding',
        'accept-encoding',
        'idempotency-key',
        'cookie',
        'x-trackio-write-token',
        'accept',
      ),
      header,
      { maxKeys: 2, noNullPrototype: true },
    )
    const query = (operation: Operation) =>
      fc.dictionary(
        fc.oneof(
          fc.constantFrom('q', 'limit', 'cursor', ...operation.query.map((one) => one.name)),
          fc.string(),
        ),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string(),
          ...operation.query.map((one) => valid(one.schema).map(String)),
        ),
        { maxKeys: 3, noNullPrototype: true },
      )
    const request = fc.constantFrom(...operations).chain((operation) =>
      fc.record({
        operation: fc.constant(operation),
        names: fc.array(name, { minLength: 2, maxLength: 2 }),
        headers,
        query: query(operation),
        junk: fc.boolean(),
      }),
    )
    const property = fc.asyncProperty(request, async ({ operation, names, headers, query, junk }) => {
      const search = Object.entries(query).map(([key, value]) => `${encode(key)}=${encode(value)}`)
      const path = `${address(operation.path, names)}?${search.join('&')}`
      const body = operation.body === undefined ? undefined : '{}'
      const reply = await api.call(operation.method, path, body, junk ? { headers } : {})
      expect(reply.status, `${operation.method} ${path} ${reply.text}`).toBeLessThan(500)
    })
    await fc.assert(property, { ...RUNS, endOnFailure: true })
    expect(api.logged).toEqual([])
  })
})

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
