import { readdirSync, readFileSync } from 'node:fs'

/**
 * Megabytes that a process and all that it started hold, shared pages counted by their share (PSS).
 * @returns undefined where the system does not tell, as anywhere but on Linux
 */
export function memoryOfTree(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = read(`/proc/${name}/stat`, (stat) =>
      Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]),
    )
    if (parent !== undefined) parents.set(Number(name), parent)
  }
  const within = (one: number): boolean => one === pid || (parents.has(one) && within(parents.get(one) ?? 0))
  const kilobytes = [...parents.keys()]
    .filter(within)
    .map((one) => read(`/proc/${one}/smaps_rollup`, (text) => Number(/^Pss:\s+(\d+)/m.exec(text)?.[1])) ?? 0)
  return kilobytes.reduce((total, size) => total + size, 0) / 1_024
}

/** Undefined for a process that ended meanwhile. */
function read<T>(file: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
