import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { ADMIN_TOKEN } from './instance.ts'

export interface ChildInstance {
  child: ChildProcess
  url: string
  post(at: string, body: unknown, key: string): Promise<Response>
  /** SIGTERM, and wait for the end. */
  stop(): Promise<void>
  /** SIGKILL: for the end of a test, when nothing is looked at any more. */
  kill(): Promise<void>
}

/** Where processes of the tests keep compiled code: one that starts from it needs half the time. */
export const COMPILE_CACHE = path.resolve('node_modules/.cache/expediter-tests')

/** A test that times out while its process starts knows no process that it could end. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts crashing-process.ts and waits until it serves. */
export async function startChild(env: Record<string, string>): Promise<ChildInstance> {
  const child = spawn(process.execPath, [path.resolve('test/support/crashing-process.ts')], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      DATABASE_CONNECTIONS: '10',
      PORT: '0',
      PUBLIC_URL: 'http://127.0.0.1:3000',
      EXPEDITER_TOKEN: ADMIN_TOKEN,
      EXPEDITER_POST_TIMEOUT_MS: '1000',
      LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said += part.toString()
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the instance ended (${code ?? signal}) before it served: ${said}`)
  })
  const [line] = (await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended])) as [
    Buffer,
  ]
  ended.catch(() => {})
  const url = line.toString().trim()
  return {
    child,
    url,
    post: (at, body, key) =>
      fetch(`${url}${at}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
      }),
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

export interface CrashMarker {
  env: Record<string, string>
  wasHit(): boolean
  remove(): Promise<void>
}

export async function crashMarker(point: string, count = 1): Promise<CrashMarker> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'expediter-crash-'))
  const file = path.join(folder, 'hit')
  return {
    env: { TEST_CRASH_AT: point, TEST_CRASH_COUNT: String(count), TEST_CRASH_MARKER: file },
    wasHit: () => existsSync(file),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
