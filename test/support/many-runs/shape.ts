import { noise, noiseSql } from './noise.ts'

/** Each column twice, for PostgreSQL and for here: where they differ, the first answer is wrong and ends the bench. */

/** A fifth of the runs. */
export const STAGE = 'ablation'
/** One run in a thousand has it. */
export const RARE_TAG = 'paper'
/** Twenty runs in all, whatever the project's size. */
export const RARE_OWNER = 'zoe'
const RARE_RUNS = 20
const RUNNING = 40
const YEAR_MS = 365 * 86_400_000

/** The other projects, each a hundredth as large. */
export const TEAM_NAMES = Array.from({ length: 8 }, (_, at) => `team-${at}`)

export function runsOfTeam(runs: number): number {
  return runs / 100
}

export const OWNERS = [
  ...['ana', 'ben', 'chloe', 'dev', 'elena', 'farid', 'grace', 'hiro', 'ines', 'jonas', 'kemal', 'lin'],
  ...['mara', 'nils', 'olu', 'priya', 'quinn', 'rosa', 'sven', 'tariq'],
]
export const FIRST_WORDS = [
  'amber',
  'brisk',
  'calm',
  'dusty',
  'eager',
  'faint',
  'grand',
  'hazy',
  'icy',
  'jolly',
]
export const SECOND_WORDS = [
  'otter',
  'heron',
  'lynx',
  'maple',
  'comet',
  'delta',
  'ember',
  'fjord',
  'grove',
  'harbor',
]
const POWERS = [10, 100, 1_000, 10_000, 100_000]
/** How well runs do with an lr of that power: best in the middle, as it is. */
const QUALITY = [0.3, 0.8, 1, 0.6, 0.2]

export const METRICS = [
  { name: 'accuracy', direction: 'max', aggregate: 'best' },
  // The lr decides most of it: asked for an lr that is a bad one, the best runs are all on the other side.
  { name: 'val_loss', direction: 'min', aggregate: 'best' },
  // A third of the runs reach 1 exactly: ties by the hundred thousand.
  { name: 'train_accuracy', direction: 'max', aggregate: 'best' },
  { name: 'f1', direction: 'max', aggregate: 'last' },
  { name: 'latency_ms', direction: 'min', aggregate: 'last' },
] as const

export interface Run {
  n: number
  status: 'running' | 'finished' | 'failed' | 'killed' | 'lost'
  owner: string
  name: string
  startedAt: number
  lr: number
  stage: string
  /** Undefined where the run diverged. */
  accuracy: number | undefined
  valLoss: number | undefined
  trainAccuracy: number | undefined
  f1: number | undefined
}

export interface Size {
  runs: number
  /** When the newest run began. */
  end: number
}

export function stepMs({ runs }: Size): number {
  return Math.floor(YEAR_MS / runs)
}

const pick = <T>(items: readonly T[], share: number): T => items[Math.floor(items.length * share)] as T

/** Run number `n` of a project of that size. */
export function runAt(n: number, size: Size): Run {
  const owner = noise(n, 1)
  const lrPlace = Math.floor(5 * noise(n, 3))
  const age = n / size.runs
  const diverged = noise(n, 4) < 0.01
  const accuracy = 0.5 + 0.45 * noise(n, 5) + 0.05 * age
  const valLoss = 0.1 + 0.5 * noise(n, 6) + 0.4 * (1 - (QUALITY[lrPlace] as number))
  return {
    n,
    status: statusAt(n, size),
    owner: n % Math.floor(size.runs / RARE_RUNS) === 7 ? RARE_OWNER : pick(OWNERS, owner * owner),
    name: `${FIRST_WORDS[n % 10]}-${SECOND_WORDS[Math.floor(n / 10) % 10]}-${n}`,
    startedAt: size.end - (size.runs - n) * stepMs(size),
    lr: (1 + Math.floor(9 * noise(n, 2))) / (POWERS[lrPlace] as number),
    stage: stageAt(noise(n, 7)),
    accuracy: diverged ? undefined : accuracy,
    valLoss: diverged ? undefined : valLoss,
    trainAccuracy: diverged ? undefined : Math.min(1, 0.7 + 0.45 * noise(n, 8)),
    f1: diverged ? undefined : noise(n, 10),
  }
}

function statusAt(n: number, { runs }: Size): Run['status'] {
  if (n > runs - RUNNING) return 'running'
  const share = noise(n, 9)
  return share < 0.06 ? 'failed' : share < 0.09 ? 'killed' : share < 0.1 ? 'lost' : 'finished'
}

function stageAt(share: number): string {
  return share < 0.7 ? 'baseline' : share < 0.9 ? STAGE : 'final'
}

const array = (items: readonly (string | number)[], type: string) =>
  `(array[${items.map((item) => (typeof item === 'string' ? `'${item}'` : item)).join(',')}]::${type}[])`

/** The columns of one run as a select list over the bigint `n`, for a project of that size. */
export function runColumns(size: Size): string {
  const { runs, end } = size
  const place = `(1 + floor(5 * ${noiseSql(3)}))::int`
  const quality = `${array(QUALITY, 'float8')}[${place}]`
  const owners = array(OWNERS, 'text')
  const startedMs = `(${end}::bigint - (${runs} - n) * ${stepMs(size)})`
  const diverged = `${noiseSql(4)} < 0.01::float8`
  return `n, ${startedMs} as started_ms,
    case when n % ${Math.floor(runs / RARE_RUNS)} = 7 then '${RARE_OWNER}'
      else ${owners}[1 + floor(${OWNERS.length} * (${noiseSql(1)} * ${noiseSql(1)}))::int] end as owner,
    ${array(FIRST_WORDS, 'text')}[1 + n % 10] || '-' || ${array(SECOND_WORDS, 'text')}[1 + n / 10 % 10] || '-' || n as name,
    (1 + floor(9 * ${noiseSql(2)})) / ${array(POWERS, 'float8')}[${place}] as lr,
    case when ${noiseSql(7)} < 0.7::float8 then 'baseline' when ${noiseSql(7)} < 0.9::float8 then '${STAGE}' else 'final' end as stage,
    case when n > ${runs - RUNNING} then 'running' when ${noiseSql(9)} < 0.06::float8 then 'failed'
      when ${noiseSql(9)} < 0.09::float8 then 'killed' when ${noiseSql(9)} < 0.1::float8 then 'lost' else 'finished' end as status,
    case when not ${diverged} then 0.5 + 0.45 * ${noiseSql(5)} + 0.05 * (n::float8 / ${runs}) end as accuracy,
    case when not ${diverged} then 0.1 + 0.5 * ${noiseSql(6)} + 0.4 * (1 - ${quality}) end as val_loss,
    case when not ${diverged} then least(1, 0.7 + 0.45 * ${noiseSql(8)}) end as train_accuracy,
    case when not ${diverged} then ${noiseSql(10)} end as f1,
    5 + 50 * ${noiseSql(11)} as latency_ms, ${noiseSql(12)} as other, ${noiseSql(13)} as more`
}
