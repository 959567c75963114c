import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second, whatever its clock. */
const TICKS = 100

interface Stat {
  pid: number
  parent: number
  seconds: number
}

/** Seconds of CPU that a process has used so far, with its children that have ended. */
export function cpuSeconds(pid: number): number {
  return readStat(pid)?.seconds ?? 0
}

/** The same for a process and all its children. */
export function cpuSecondsWithChildren(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat?.parent === pid)
  return cpuSeconds(pid) + children.reduce((sum, stat) => sum + (stat?.seconds ?? 0), 0)
}

export function parentOf(pid: number): number {
  return readStat(pid)?.parent ?? 0
}

/** Bytes of memory that a process has in RAM. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in the second field may hold anything, blanks and brackets too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const seconds = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS
    return { pid, parent: Number(fields[1]), seconds }
  } catch {
    return undefined
  }
}
