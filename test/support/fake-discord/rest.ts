import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UploadedFile } from './attachments.ts'
import { DiscordError } from './errors.ts'
import type { Fault, Faults } from './faults.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Route } from './routes.ts'
import type { Json, State } from './state.ts'

async function readBody(req: IncomingMessage): Promise<{ body: Json; files: UploadedFile[] }> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const type = req.headers['content-type'] ?? ''
  if (bytes.length === 0) return { body: {}, files: [] }
  if (!type.startsWith('multipart/')) return { body: JSON.parse(String(bytes)) as Json, files: [] }
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData()
  const files: UploadedFile[] = []
  for (const [key, value] of form) {
    if (typeof value === 'string') continue
    const [, id] = /^files\[(\d+)\]$/.exec(key) ?? []
    if (id === undefined) throw new Error(`a file stands in files[n], not in ${key}`)
    files.push({ id, name: value.name, bytes: Buffer.from(await value.arrayBuffer()) })
  }
  return { body: JSON.parse(String(form.get('payload_json') ?? '{}')) as Json, files }
}

function send(
  res: ServerResponse,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): void {
  // A 204 must not name a content type: discord.js would try to parse it.
  if (body === undefined) return void res.writeHead(204, headers).end()
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function tooMany(res: ServerResponse, f: Fault & { kind: 'http429' }): void {
  const body = {
    message: 'You are being rate limited.',
    retry_after: f.retryAfter,
    global: f.global ?? false,
  }
  const scope = f.global
    ? { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' }
    : { 'x-ratelimit-scope': 'user' }
  send(res, 429, body, { 'retry-after': String(f.retryAfter), ...scope })
}

/** True when the fault has already answered, so that nothing is stored. */
async function failBefore(
  fault: Fault | undefined,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<boolean> {
  if (fault?.kind === 'slow') await fault.until
  if (fault?.kind === 'http500') send(res, 500, { message: '500: Internal Server Error', code: 0 })
  else if (fault?.kind === 'http429') tooMany(res, fault)
  else if (fault?.kind === 'resetBeforeStore') req.socket.resetAndDestroy()
  else if (fault?.kind === 'error') send(res, fault.status, { message: 'Scripted error', code: fault.code })
  else return false
  return true
}

/** The request handler for everything under /api/v10. */
export function restOf(state: State, routes: Route[], faults: Faults, calls: string[], limit: RateLimit) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', 'http://fake')
    const path = decodeURIComponent(url.pathname).replace(/^\/api\/v10/, '')
    const method = req.method ?? 'GET'
    calls.push(`${method} ${path}`)
    res.setHeader('date', new Date(Date.now() + state.skewMs).toUTCString())
    try {
      const { body, files } = await readBody(req)
      const fault = faults.take(method, path)
      if (await failBefore(fault, req, res)) return
      const { headers, retryAfter } = limit.take(method, path)
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
      if (retryAfter !== null) return tooMany(res, { kind: 'http429', retryAfter })
      const route = routes.find((r) => r.method === method && r.path.test(path))
      if (!route) throw new DiscordError(404, 0, '404: Not Found')
      if (!route.open && req.headers.authorization !== `Bot ${state.token}`)
        throw new DiscordError(401, 0, '401: Unauthorized')
      const params = route.path.exec(path)?.slice(1) ?? []
      const answer = route.run({ params, query: url.searchParams, body, files })
      if (fault?.kind === 'resetAfterStore') return void req.socket.resetAndDestroy()
      if (fault?.kind === 'acceptThenTimeout') return
      if (fault?.kind === 'malformed')
        return void res.writeHead(200, { 'content-type': 'application/json' }).end('{"id":')
      send(res, 200, answer)
    } catch (error) {
      if (error instanceof DiscordError) send(res, error.status, error.body())
      else send(res, 400, { message: String(error), code: 50109 })
    }
  }
}
