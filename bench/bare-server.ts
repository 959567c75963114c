import fastify from 'fastify'

/** Takes the same bodies, parses them and answers, without storing anything: what HTTP alone costs on this machine. */
const app = fastify({ logger: false, bodyLimit: 20 * 1024 * 1024 })
app.post('/api/v1/runs/:run/metrics', async () => ({ accepted: 1, repeats: 0 }))
app.get('/healthz', async () => ({ ok: true }))
process.once('SIGTERM', () => void app.close())
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
