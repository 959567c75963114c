import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { OBJECT } from './schemas.ts'

export interface Check {
  /** 'database', 'queue', or what only informs: 'slack', 'discord'. */
  name: string
  ok: boolean
  detail: string
  fix?: string
}

export interface OpsDeps {
  /** Asked at each GET /readyz; none of its texts may hold a secret. */
  checks(): Promise<Check[]>
  /** Asked at each GET /metrics: outbox depth and the like, by name without our prefix. */
  gauges?(): Promise<Record<string, number>>
}

/** Without these nothing works; everything else is shown, and serving goes on. */
const NEEDED = new Set(['database', 'queue'])

/** Health, readiness and Prometheus metrics. */
export function opsRoutes(app: FastifyInstance, deps: OpsDeps): void {
  const tags = ['operation']
  const plain = { response: { 200: { description: 'OK', ...OBJECT } } }
  app.get(
    '/healthz',
    { schema: { summary: 'The process serves', tags, ...plain }, config: { rateLimit: false } },
    () => ({
      status: 'ok',
    }),
  )

  const readySchema = {
    summary: 'Database and queue answer; else 503 names which does not',
    tags,
    response: { ...plain.response, 503: { description: 'Not ready', ...OBJECT } },
  }
  app.get('/readyz', { schema: readySchema, config: { rateLimit: false } }, async (_request, reply) => {
    const checks = await deps.checks()
    const failing = checks.filter(({ name, ok }) => !ok && NEEDED.has(name)).map(({ name }) => name)
    const status = failing.length === 0 ? 200 : 503
    return reply.code(status).send({ status: status === 200 ? 'ready' : 'not ready', failing, checks })
  })

  metricsRoute(app, deps)
}

/** One registry per server, so that several can live in one process. */
function metricsRoute(app: FastifyInstance, deps: OpsDeps): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'expediter_http_request_duration_seconds',
    help: 'From the first byte in to the last byte out, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const points = new Counter({
    name: 'expediter_points_accepted_total',
    help: 'New metric points stored by this process',
    registers: [registry],
  })
  app.decorate('countPoints', (count: number) => points.inc(count))
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })

  const gauges = new Map<string, Gauge>()
  const schema = {
    summary: 'Prometheus metrics',
    tags: ['operation'],
    response: { 200: { description: 'Text format 0.0.4', type: 'string' } },
  }
  app.get('/metrics', { schema, config: { scope: 'read' } }, async (_request, reply) => {
    for (const [name, value] of Object.entries((await deps.gauges?.()) ?? {})) {
      const gauge = gauges.get(name) ?? newGauge(registry, name)
      gauges.set(name, gauge)
      gauge.set(value)
    }
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

function newGauge(registry: Registry, name: string): Gauge {
  return new Gauge({ name: `expediter_${name}`, help: name.replaceAll('_', ' '), registers: [registry] })
}

declare module 'fastify' {
  interface FastifyInstance {
    countPoints(count: number): void
  }
}
