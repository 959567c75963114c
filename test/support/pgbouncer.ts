import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'

const COMMAND = 'pgbouncer'
/** PgBouncer refuses root, so it runs as nobody there. */
const NOBODY = 65_534

export interface TestPooler {
  /** The same database through the pooler. */
  url: string
  stop(): Promise<void>
}

/** Whether pgbouncer is there; with CI=true its absence is an error, else it is said in one line. */
export function hasPgBouncer(): boolean {
  if (spawnSync(COMMAND, ['--version'], { env: environment() }).status === 0) return true
  const how = 'pgbouncer is missing: apt-get install pgbouncer (or brew install pgbouncer)'
  if (process.env['CI'] === 'true') throw new Error(how)
  console.warn(`${how}; its tests are left out.`)
  return false
}

/** A private PgBouncer on a free loopback port, in front of the server of `url`. */
export async function startPgBouncer(url: string, mode: 'session' | 'transaction'): Promise<TestPooler> {
  const target = new URL(url)
  const port = await freePort()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'expediter-pgbouncer-'))
  const file = path.join(folder, 'pgbouncer.ini')
  const server = `host=${target.hostname} port=${target.port || 5432} user=${decodeURIComponent(target.username)} password=${decodeURIComponent(target.password)}`
  const settings = [
    `[databases]\n* = ${server}`,
    `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_type = any\npool_mode = ${mode}\ndefault_pool_size = 20\nmax_client_conn = 200`,
  ]
  await chmod(folder, 0o755)
  await writeFile(file, settings.join('\n'))
  const child = spawn(COMMAND, [file], {
    stdio: 'ignore',
    env: environment(),
    ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  const pooled = new URL(url)
  pooled.hostname = '127.0.0.1'
  pooled.port = String(port)
  await answers(pooled.href)
  return {
    url: pooled.href,
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Debian keeps it out of the path of other users than root. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise(setImmediate)
    }
  }
}
