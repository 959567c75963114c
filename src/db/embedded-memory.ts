import os from 'node:os'

const MB = 2 ** 20
const MIN_MB = 64
const MAX_MB = 1_024

/** What the process may use: the machine's memory, or less where a container has a limit. */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem()
}

/**
 * PostgreSQL's own cache, a sixteenth of the memory. Each page that a question needs and that is not in it is copied
 * from the system's cache, which takes longer than what is done with the page. Only what is used of it is ever taken.
 */
export function sharedBuffersMb(bytes = memoryBytes()): number {
  return Math.min(MAX_MB, Math.max(MIN_MB, Math.floor(bytes / 16 / MB)))
}
