import { promises as fs, readFileSync } from 'node:fs'
import path from 'node:path'

export interface FolderLock {
  release(): Promise<void>
}

interface Owner {
  pid: number
  /** When that process began, so that a number that was given away again is not taken for it. */
  startedAt: string
}

/**
 * Takes a data folder for this process; the lock of a process that died is taken over.
 * @throws Error that names the folder and the process that works in it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = path.join(folder, 'lock')
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) } satisfies Owner)
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await fs.writeFile(file, mine, { flag: 'wx', mode: 0o600 })
      return { release: () => fs.rm(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = await readOwner(file)
    if (owner !== undefined && isAlive(owner)) {
      throw new Error(
        `${folder} is in use by the Expediter process ${owner.pid}. Stop it, or set EXPEDITER_DATA_DIR to another folder.`,
      )
    }
    await fs.rm(file, { force: true })
  }
  throw new Error(`${file} cannot be taken: several processes start at once. Try again.`)
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as Owner
  } catch {
    return undefined
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  if (pid === process.pid) return startedAt === startOf(pid)
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return startOf(pid) === startedAt
}

/** The kernel's own count of when the process began; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
