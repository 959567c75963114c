import { createHash } from 'node:crypto'
import type { ParamValue } from '../../../db/tables.ts'

/** What goes into a run, as far as it decides the result. */
export interface Inputs {
  commit: string | undefined
  patchHash: string | undefined
  data: { name: string; version: string }[]
  /** Flat, by dotted name. */
  params: Record<string, ParamValue>
  seed: string | undefined
}

/**
 * Params that say how or where a run works, not what it computes: left out of the fingerprint. A name is ignored
 * when its last part is listed or ends like one of the endings. Of `whole` only the name itself counts, since
 * `optimizer.name` and `lora.rank` decide the result; and so do the paths of models that a run starts from.
 */
export const IGNORED_PARAMS = {
  names: new Set([
    ...['seed', 'random_seed', 'random_state', 'run_name', 'run_id', 'experiment_name', 'exp_name'],
    ...['device', 'devices', 'gpu', 'gpus', 'gpu_id', 'local_rank', 'world_size', 'num_workers'],
    ...[
      'workers',
      'n_jobs',
      'num_threads',
      'verbose',
      'verbosity',
      'log_level',
      'log_every',
      'wandb',
      'host',
    ],
  ]),
  whole: new Set(['name', 'rank']),
  endings: ['_dir', '_path', '_file', '_folder', '_root', '_seed'],
} as const

const STARTS_FROM = /(?:model|pretrained|weights).*_(?:path|file)$/
const SEEDS = new Set(['seed', 'random_seed', 'random_state'])

/** The hash of the inputs and the seed: equal for runs that should end alike. Undefined while a run told no input. */
export function fingerprint(inputs: Inputs): string | undefined {
  const base = canonical(inputs)
  return base === undefined ? undefined : hash({ ...base, seed: seedOf(inputs) })
}

/** The hash of the inputs without the seed: runs that differ by chance alone. */
export function seedGroup(inputs: Inputs): string | undefined {
  const base = canonical(inputs)
  return base === undefined ? undefined : hash(base)
}

/** The seed that was told as such, else the one among the params. */
export function seedOf({ seed, params }: Pick<Inputs, 'seed' | 'params'>): string | null {
  if (seed !== undefined) return seed
  const found = Object.keys(params)
    .toSorted()
    .find((name) => SEEDS.has(lastPart(name)))
  return found === undefined ? null : String(params[found])
}

function canonical({ commit, patchHash, data, params }: Inputs) {
  const counted = Object.entries(params)
    .filter(([name]) => !isIgnored(name))
    .map(([name, value]) => [name, canonicalValue(value)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  const versions = [...new Set(data.map(({ name, version }) => JSON.stringify([name, version])))].toSorted()
  if (commit === undefined && counted.length === 0 && versions.length === 0) return undefined
  return { commit: commit?.toLowerCase() ?? null, patch: patchHash ?? null, data: versions, params: counted }
}

function isIgnored(name: string): boolean {
  const last = lastPart(name)
  if (STARTS_FROM.test(last)) return false
  if (IGNORED_PARAMS.names.has(last) || IGNORED_PARAMS.whole.has(name.toLowerCase())) return true
  return IGNORED_PARAMS.endings.some((ending) => last.endsWith(ending))
}

function lastPart(name: string): string {
  return name.toLowerCase().split(/[./]/).at(-1) ?? ''
}

/** The same value in one form from every client: MLflow makes text of every param. */
function canonicalValue(value: ParamValue): unknown {
  if (Array.isArray(value)) return value.map(canonicalValue)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => [key, canonicalValue(inner)])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  }
  if (value === null) return 'none'
  const text = String(value).trim()
  const list = text.startsWith('[') ? parseList(text) : undefined
  if (list !== undefined) return list.map(canonicalValue)
  if (/^[+-]?\d{16,400}$/.test(text)) return String(BigInt(text.replace('+', '')))
  const number = text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number)
    ? String(number)
    : /^(true|false|none)$/i.test(text)
      ? text.toLowerCase()
      : text
}

/** Python's text of a list, as MLflow sends it; undefined when it is another text. */
function parseList(text: string): ParamValue[] | undefined {
  try {
    return JSON.parse(text.replaceAll("'", '"')) as ParamValue[]
  } catch {
    return undefined
  }
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}
