import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../../src/db/embedded.ts'
import { COMPILE_CACHE } from '../../support/child-instance.ts'
import { serverFolder } from '../../support/server-folder.ts'

const folders: string[] = []
const children: ChildProcess[] = []
const log = { warn: () => {}, error: () => {} }

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(await serverFolder(), 'expediter-embedded-'))
  await chmod(folder, 0o700)
  folders.push(folder)
  return folder
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

/** The processes whose command line names the folder. */
async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_pid, index) => lines[index]?.includes(folder)).map(Number)
}

/** `npm start` in a folder of its own, until its banner stands. */
async function serve(folder: string): Promise<{ child: ChildProcess; said: () => string }> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PORT: '0',
      EXPEDITER_DATA_DIR: folder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  const banner = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (part: Buffer) => {
      said += part.toString()
      if (said.includes('Expediter is running')) resolve()
    })
    child.stderr?.on('data', (part: Buffer) => {
      said += part.toString()
    })
    child.once('exit', () => reject(new Error(said)))
  })
  await banner
  return { child, said: () => said }
}

describe('the embedded PostgreSQL', () => {
  it('runs in a folder of mode 700, keeps its data over a restart, and its password to itself', async () => {
    const folder = await newFolder()
    const first = await startEmbeddedPostgres({ dataDir: folder, log })
    await query(first.url, 'create table kept (x int); insert into kept values (1)')
    expect(await query(first.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    expect((await stat(path.join(folder, 'postgres-password'))).mode & 0o777).toBe(0o600)
    await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/)
    await first.stop()
    expect(await processesOf(folder)).toEqual([])
    const second = await startEmbeddedPostgres({ dataDir: folder, log })
    expect(await query(second.url, 'select x from kept')).toEqual([{ x: 1 }])
    await second.stop()
  })

  it('runs twice side by side, and says who works in a folder that is in use', async () => {
    const [one, two] = [await newFolder(), await newFolder()]
    const servers = await Promise.all([
      startEmbeddedPostgres({ dataDir: one, log }),
      startEmbeddedPostgres({ dataDir: two, log }),
    ])
    expect(servers[0].url).not.toBe(servers[1].url)
    await expect(startEmbeddedPostgres({ dataDir: one, log })).rejects.toThrow(
      `${one} is in use by the Expediter process ${process.pid}`,
    )
    await Promise.all(servers.map((server) => server.stop()))
  })

  it('starts over what an interrupted first start left', async () => {
    const folder = await newFolder()
    const { mkdir, writeFile } = await import('node:fs/promises')
    await mkdir(path.join(folder, 'postgres.new', 'base'), { recursive: true })
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: 4_000_000, startedAt: '1' }))
    const server = await startEmbeddedPostgres({ dataDir: folder, log })
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })
})

describe('the whole process', () => {
  it('leaves nothing behind after Ctrl-C, which comes twice under npm: from the terminal, and passed on', async () => {
    const folder = await newFolder()
    const { child, said } = await serve(folder)
    expect((await processesOf(folder)).length).toBeGreaterThan(0)
    child.kill('SIGINT')
    await expect.poll(said).toContain('Stopping')
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    expect(await processesOf(folder)).toEqual([])
  }, 60_000)

  it('starts again after kill -9, which leaves its PostgreSQL running', async () => {
    const folder = await newFolder()
    const { child } = await serve(folder)
    const token = await readFile(path.join(folder, 'token'), 'utf8')
    expect((await stat(path.join(folder, 'token'))).mode & 0o777).toBe(0o600)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await processesOf(folder)).length).toBeGreaterThan(0)
    const again = await serve(folder)
    expect(await readFile(path.join(folder, 'token'), 'utf8')).toBe(token)
    again.child.kill('SIGTERM')
    await once(again.child, 'exit')
    expect(await processesOf(folder)).toEqual([])
  }, 60_000)
})
