/** A value inside of a structure that holds no further ones. */
export interface Leaf {
  keys: (string | number)[]
  /** The keys without positions in lists. */
  path: string
  value: unknown
}

export function leavesOf(value: unknown, keys: (string | number)[] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...keys, index]))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...keys, key]))
  return [{ keys, path: keys.filter((key) => typeof key === 'string').join('.'), value }]
}

/** A copy in which one leaf has another value. */
export function withLeaf<T>(whole: T, keys: (string | number)[], value: unknown): T {
  const copy = structuredClone(whole)
  let at = copy as Record<string | number, any>
  for (const key of keys.slice(0, -1)) at = at[key]
  at[keys.at(-1) ?? ''] = value
  return copy
}
