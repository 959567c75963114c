import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promises as fs } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Binaries } from './embedded-binaries.ts'

/** Linux's user without rights; PostgreSQL refuses to run as root. */
const NOBODY = 65_534

/** How to run PostgreSQL's programs, and where its data may lie. */
export interface RunAs {
  /** Stands before the program and its arguments. */
  prefix: string[]
  ids: { uid: number; gid: number } | Record<string, never>
  dataRoot: string
  binaries: Binaries
}

/**
 * As ourselves, unless we are root. Root runs it in a user namespace as nobody, which still reads and writes files
 * as root; where the kernel refuses that, as the real nobody in a folder that it can reach.
 */
export async function chooseUser(binaries: Binaries, dataDir: string): Promise<RunAs> {
  const plain = { prefix: [], ids: {}, dataRoot: dataDir, binaries }
  if (process.getuid?.() !== 0) return plain
  const prefix = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]
  if (await runs([...prefix, binaries.postgres, '--version'], {})) return { ...plain, prefix }
  const ids = { uid: NOBODY, gid: NOBODY }
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const dataRoot = path.join(os.platform() === 'linux' ? '/var/tmp' : os.tmpdir(), `expediter-${name}`)
  await fs.mkdir(dataRoot, { recursive: true, mode: 0o700 })
  await fs.chown(dataRoot, NOBODY, NOBODY)
  if (await runs([binaries.postgres, '--version'], ids)) return { prefix: [], ids, dataRoot, binaries }
  return { prefix: [], ids, dataRoot, binaries: await copyBinaries(binaries, dataRoot) }
}

/** For a project in a folder that nobody cannot enter. */
async function copyBinaries({ root }: Binaries, dataRoot: string): Promise<Binaries> {
  const copy = path.join(dataRoot, 'native')
  await fs.cp(root, copy, { recursive: true, verbatimSymlinks: true })
  return {
    root: copy,
    initdb: path.join(copy, 'bin', 'initdb'),
    postgres: path.join(copy, 'bin', 'postgres'),
  }
}

async function runs([command = '', ...args]: string[], ids: RunAs['ids']): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, { ...ids, cwd: '/', stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
}
