import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, startApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(async () => await api.stop())

it('docs/http-api.md has a heading for every route, and for no other', async () => {
  const { body } = await api.call('GET', '/api/openapi.json')
  const served = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const page = await readFile('docs/http-api.md', 'utf8')
  const documented = [...page.matchAll(/^### `(\w+ \S+)`$/gm)].map(([, route]) => route)
  expect(new Set(documented)).toEqual(new Set(served))
})
