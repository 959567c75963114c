import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, promises as fs, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { findBinaries } from './embedded-binaries.ts'
import { lockFolder } from './embedded-lock.ts'
import { sharedBuffersMb } from './embedded-memory.ts'
import { chooseUser, type RunAs } from './embedded-user.ts'

export interface EmbeddedOptions {
  dataDir: string
  log: Pick<Logger, 'warn' | 'error'>
  /** Further settings, 'name=value'. */
  settings?: string[]
}

export interface EmbeddedPostgres {
  url: string
  /** For the start-up banner: what runs, and where its data lie. */
  description: string
  stop(): Promise<void>
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  `shared_buffers=${sharedBuffersMb()}MB`,
  'max_connections=100',
  'log_min_messages=warning',
  'timezone=UTC',
]
const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 8_000
const PORT_TRIES = 3

/**
 * Real PostgreSQL from npm, its data in `<dataDir>/postgres`, on a loopback port of its own. A server that a killed
 * process left behind is ended first.
 * @throws Error when another process works in the folder, or with PostgreSQL's last words
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await fs.mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(options.dataDir)
  try {
    const user = await chooseUser(await findBinaries(), options.dataDir)
    const data = path.join(user.dataRoot, 'postgres')
    await endLeftOver(data)
    const password = await initialise(user, options.dataDir, data)
    const server = await startServer(user, data, options)
    return {
      url: addressOf(password, server.port),
      description: `embedded PostgreSQL, data in ${data}`,
      stop: async () => {
        await server.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The address of the server that another process runs on this folder right now; undefined when none does. */
export async function findRunningPostgres(dataDir: string): Promise<string | undefined> {
  const user = await chooseUser(await findBinaries(), dataDir)
  const data = path.join(user.dataRoot, 'postgres')
  const { pid, port, state } = readPidFile(data)
  if (pid === undefined || port === undefined || state !== 'ready' || !isPostgres(pid)) return undefined
  const password = await fs.readFile(path.join(dataDir, 'postgres-password'), 'utf8')
  return addressOf(password.trim(), port)
}

function addressOf(password: string, port: number): string {
  return `postgres://expediter:${password}@127.0.0.1:${port}/postgres`
}

/** Makes the cluster beside its place and moves it there whole, so that an interrupted start leaves nothing half made. */
async function initialise(user: RunAs, dataDir: string, data: string): Promise<string> {
  const passwordFile = path.join(dataDir, 'postgres-password')
  if (existsSync(path.join(data, 'PG_VERSION')) && existsSync(passwordFile)) {
    return (await fs.readFile(passwordFile, 'utf8')).trim()
  }
  if (existsSync(data))
    throw new Error(`${data} holds a database whose password file ${passwordFile} is missing.`)
  const password = randomBytes(24).toString('base64url')
  const fresh = `${data}.new`
  const pwfile = path.join(user.dataRoot, 'initdb-password')
  await fs.rm(fresh, { recursive: true, force: true })
  await fs.writeFile(pwfile, password, { mode: 0o600 })
  if ('uid' in user.ids) await fs.chown(pwfile, user.ids.uid, user.ids.gid)
  try {
    await run(user, user.binaries.initdb, [
      ...[
        '-D',
        fresh,
        '--username=expediter',
        `--pwfile=${pwfile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
      ],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'],
    ])
  } finally {
    await fs.rm(pwfile, { force: true })
  }
  await fs.writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  await fs.rename(fresh, data)
  return password
}

async function run(user: RunAs, program: string, args: string[]): Promise<void> {
  const [command = '', ...rest] = [...user.prefix, program, ...args]
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, rest, {
      ...user.ids,
      cwd: '/',
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const keep = (part: Buffer) => {
      said = (said + part.toString()).slice(-2_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${path.basename(program)} failed (${code}): ${said.trim()}`)),
    )
  })
}

interface Server {
  port: number
  stop(): Promise<void>
}

async function startServer(user: RunAs, data: string, options: EmbeddedOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const child = spawnServer(user, data, port, options)
    try {
      await untilReady(child, data)
      return supervise(child, port, options)
    } catch (error) {
      if (attempt === PORT_TRIES) throw error
    }
  }
}

/** In a session of its own: Ctrl-C reaches us alone, and we end the server when nothing uses it any more. */
function spawnServer(
  user: RunAs,
  data: string,
  port: number,
  { dataDir, settings = [] }: EmbeddedOptions,
): ChildProcess {
  const log = openSync(path.join(dataDir, 'postgres.log'), 'w', 0o600)
  const args = ['-D', data, '-p', String(port), ...[...SETTINGS, ...settings].flatMap((one) => ['-c', one])]
  const [command = '', ...rest] = [...user.prefix, user.binaries.postgres, ...args]
  return spawn(command, rest, {
    ...user.ids,
    cwd: '/',
    env: environment(),
    stdio: ['ignore', log, log],
    detached: true,
  })
}

/** PostgreSQL reads PG* variables and the locale; ours must not change what it does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }
}

/** The eighth line of the pid file is the server's own word for its state. */
async function untilReady(child: ChildProcess, data: string): Promise<void> {
  let ended: string | undefined
  child.on('error', (error) => {
    ended = error.message
  })
  child.on('exit', (code, signal) => {
    ended ??= `exit ${code ?? signal}`
  })
  const until = Date.now() + START_LIMIT_MS
  while (ended === undefined && Date.now() < until) {
    const { pid, state } = readPidFile(data)
    if (pid === child.pid && state === 'ready') return
    await sleep(20)
  }
  child.kill('SIGQUIT')
  throw new Error(
    `PostgreSQL did not start (${ended ?? 'not ready in time'}): see postgres.log beside ${data}`,
  )
}

function supervise(child: ChildProcess, port: number, { log }: EmbeddedOptions): Server {
  let stopping = false
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', (code, signal) => {
    if (!stopping) log.error({ code, signal }, 'the embedded PostgreSQL ended by itself; restart Expediter')
  })
  const atExit = () => child.kill('SIGINT')
  process.once('exit', atExit)
  return {
    port,
    stop: async () => {
      stopping = true
      process.removeListener('exit', atExit)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGINT')
      const late = new AbortController()
      const forced = sleep(STOP_LIMIT_MS, undefined, { signal: late.signal }).then(
        () => void child.kill('SIGQUIT'),
        () => {},
      )
      await exited
      late.abort()
      await forced
    },
  }
}

/** Ends the server that a killed process left behind, so that the data folder is ours alone. */
async function endLeftOver(data: string): Promise<void> {
  const { pid } = readPidFile(data)
  if (pid === undefined || !isPostgres(pid)) return
  process.kill(pid, 'SIGINT')
  const until = Date.now() + STOP_LIMIT_MS
  while (isPostgres(pid)) {
    if (Date.now() > until) process.kill(pid, 'SIGQUIT')
    await sleep(50)
  }
}

interface PidFile {
  pid: number | undefined
  port: number | undefined
  state: string | undefined
}

function readPidFile(data: string): PidFile {
  try {
    const lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: positive(lines[0]), port: positive(lines[3]), state: lines[7]?.trim() }
  } catch {
    return { pid: undefined, port: undefined, state: undefined }
  }
}

function positive(line: string | undefined): number | undefined {
  const value = Number(line)
  return Number.isInteger(value) && value > 0 ? value : undefined
}

/** A number alone may have been given to another program by now. */
function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
  } catch {
    return process.platform !== 'linux'
  }
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
