import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './measure.ts'

export const TOKEN = 'exp-0123456789012345678901234567890123456789'

export interface Server {
  url: string
  pid: number
  /** Milliseconds from the start of the process to the first answer. */
  startedInMs: number
  stop(): Promise<void>
}

/**
 * A process of its own, started as a user starts it, that answers.
 * @param folder of another build, to measure beside this one
 */
export async function startServer(
  bench: Bench,
  env: Record<string, string>,
  role = 'all',
  folder = process.cwd(),
): Promise<Server> {
  const ours = {
    EXPEDITER_TOKEN: TOKEN,
    EXPEDITER_RATE_LIMIT: '100000000',
    LOG_LEVEL: 'warn',
    // To profile the server: --cpu-prof --cpu-prof-dir=...
    NODE_OPTIONS: process.env['SERVER_NODE_OPTIONS'] ?? '',
    ...env,
  }
  const serves = role === 'all' || role.includes('api')
  return await start(bench, ['src/main.ts', 'serve', '--role', role], ours, serves, folder)
}

/** A server that only parses and answers: the ceiling of anything that is asked over HTTP on this machine. */
export async function startBareServer(bench: Bench): Promise<Server> {
  return await start(bench, ['bench/bare-server.ts'], {}, true, process.cwd())
}

async function start(
  bench: Bench,
  command: string[],
  env: Record<string, string>,
  serves: boolean,
  folder: string,
): Promise<Server> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const begun = performance.now()
  const child = spawn(process.execPath, command, {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  showProblems(child)
  const stop = () => end(child)
  bench.onEnd(stop)
  if (serves) await untilServing(child, url)
  else await once(child.stdout as NodeJS.ReadableStream, 'data')
  child.stdout?.resume()
  return { url, pid: child.pid ?? 0, startedInMs: performance.now() - begun, stop }
}

/** What it complains of; that it was told to stop goes without saying. */
function showProblems(child: ChildProcess): void {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  lines.on('line', (line) => {
    if (!line.startsWith('Stopping;')) console.error(line)
  })
}

async function untilServing(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`)
    const answer = await fetch(`${url}/healthz`).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(5)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
