import { noise, noiseSql } from './noise.ts'

/** Notes and learnings of two projects, each column twice: for PostgreSQL and for here. */

const TECHNIQUES = [
  ...['dropout', 'mixup', 'annealing', 'label smoothing', 'cutout', 'distillation'],
  ...['quantization', 'pruning', 'oversampling', 'ensembling', 'curriculum', 'jitter'],
]
const THINGS = ['loss', 'recall', 'calibration', 'throughput']
const CHANGES = ['fell', 'rose', 'diverged', 'stalled']
const FILLERS = [
  ...['batch', 'node', 'cluster', 'shard', 'schema', 'token', 'head', 'kernel', 'buffer', 'margin'],
  ...['cache', 'queue', 'driver', 'memory', 'split', 'corpus', 'vendor', 'window', 'sensor', 'ticket'],
  ...['holiday', 'monday', 'branch', 'config', 'cable', 'tariff', 'harvest', 'winter', 'region', 'client'],
  ...[
    'mobile',
    'desktop',
    'legacy',
    'replica',
    'invoice',
    'basket',
    'journey',
    'postcode',
    'refund',
    'tenant',
  ],
]
const FILLED = 14
/** One note in ten thousand has it. */
export const RARE_WORD = 'lookahead'
const RARE_EVERY = 10_000
/** The first tenth of the notes has it, and no later one. */
export const OLD_WORD = 'perceptron'

export interface Note {
  id: number
  kind: 'note' | 'learning'
  project: 'vision' | 'speech'
  words: string[]
  /** The number of the run that it is about. */
  run: number
}

export interface Notes {
  count: number
  /** How many runs each project has. */
  runs: Record<Note['project'], number>
}

/** The note of that number. */
export function noteAt(id: number, { count, runs }: Notes): Note {
  const pick = (items: string[], share: number) => items[Math.floor(items.length * share)] as string
  const technique = pick(TECHNIQUES, noise(id, 20) ** 2).split(' ')
  const fillers = Array.from({ length: FILLED }, (_, at) => pick(FILLERS, noise(id, 30 + at)))
  const project = Math.floor(id / 10) % 10 === 4 ? 'speech' : 'vision'
  return {
    id,
    kind: id % 5 === 2 ? 'learning' : 'note',
    project,
    words: [
      ...technique,
      pick(THINGS, noise(id, 21)),
      pick(CHANGES, noise(id, 22)),
      ...fillers,
      ...(noise(id, 23) < 0.05 ? technique : []),
      ...(id % RARE_EVERY === 17 ? [RARE_WORD] : []),
      ...(id * 10 <= count ? [OLD_WORD] : []),
    ],
    run: 1 + ((id * 7_919) % runs[project]),
  }
}

const picked = (items: string[], share: string) =>
  `(array[${items.map((item) => `'${item}'`).join(',')}])[1 + floor(${items.length} * ${share})::int]`

/** The same as a select over the bigint `n`, without the run. */
export function noteColumns(count: number): string {
  const fillers = Array.from({ length: FILLED }, (_, at) => picked(FILLERS, noiseSql(30 + at)))
  return `n, case when n % 5 = 2 then 'learning' else 'note' end as kind,
    case when n / 10 % 10 = 4 then 'speech' else 'vision' end as project,
    'With ' || technique || ' the ' || ${picked(THINGS, noiseSql(21))} || ' ' || ${picked(CHANGES, noiseSql(22))} || ': '
      || ${fillers.join(` || ' ' || `)}
      || case when ${noiseSql(23)} < 0.05::float8 then ', and ' || technique || ' again' else '' end
      || case when n % ${RARE_EVERY} = 17 then ', ${RARE_WORD}' else '' end
      || case when n * 10 <= ${count} then ', ${OLD_WORD}' else '' end || '.' as text`
}

/** What `noteColumns` selects from. */
export function noteRows(count: number): string {
  return `(select n, ${picked(TECHNIQUES, `(${noiseSql(20)} * ${noiseSql(20)})`)} as technique
    from generate_series(1::bigint, ${count}) n) made`
}
