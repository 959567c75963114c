import { statfs } from 'node:fs/promises'
import os from 'node:os'

const MEMORY = '/dev/shm'
const MIN_FREE_BYTES = 2e9

/**
 * Where servers of the tests keep their data: in memory where there is room. A clone of the template takes 12 ms there,
 * and up to 450 ms on a disk.
 */
export async function serverFolder(): Promise<string> {
  const free = await statfs(MEMORY)
    .then(({ bavail, bsize }) => bavail * bsize)
    .catch(() => 0)
  return free > MIN_FREE_BYTES ? MEMORY : os.tmpdir()
}
