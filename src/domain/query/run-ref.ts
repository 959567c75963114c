/** How people name runs: `churn#142`, `#142`, an id or the start of one, a range `churn#12..20`. */
export type RunRef =
  | { kind: 'numbered'; project: string | undefined; number: number }
  | { kind: 'id'; prefix: string }
  | { kind: 'range'; project: string | undefined; from: number; to: number }

const MAX_NUMBER = 2 ** 31 - 1
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Undefined when the text names no run. */
export function parseRunRef(text: string): RunRef | undefined {
  const trimmed = text.trim()
  const hash = trimmed.indexOf('#')
  if (hash === -1) {
    const id = (UUID.test(trimmed) ? trimmed.replaceAll('-', '') : trimmed).toLowerCase()
    return /^[0-9a-f]{6,32}$/.test(id) ? { kind: 'id', prefix: id } : undefined
  }
  const [, quoted] = /^"(.*)"$|$/.exec(trimmed.slice(0, hash)) ?? []
  const project = quoted || trimmed.slice(0, hash) || undefined
  const [, first, last] = /^(\d{1,10})(?:\.\.#?(\d{1,10}))?$/.exec(trimmed.slice(hash + 1)) ?? []
  const from = Number(first)
  if (first === undefined || from < 1 || from > MAX_NUMBER) return undefined
  if (last === undefined) return { kind: 'numbered', project, number: from }
  const to = Number(last)
  return to >= from && to <= MAX_NUMBER ? { kind: 'range', project, from, to } : undefined
}
