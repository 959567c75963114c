import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config.ts'
import { newToken } from './secrets.ts'

export interface AdminToken {
  value: string
  /** The file that holds the token, when the server made it. */
  file: string | undefined
}

/** The configured admin token; without one, the token that the first start made, in a file only its owner can read. */
export async function adminToken(config: Pick<Config, 'adminToken' | 'dataDir'>): Promise<AdminToken> {
  if (config.adminToken !== undefined) return { value: config.adminToken, file: undefined }
  const file = path.join(config.dataDir, 'token')
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  // 'wx': of two processes that start together, one makes the token and the other reads it.
  await writeFile(file, `${newToken()}\n`, { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  await chmod(file, 0o600)
  return { value: (await readFile(file, 'utf8')).trim(), file }
}
