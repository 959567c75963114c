import { asNumber } from '../inputs/flatten-params.ts'
import type { RunView } from '../types.ts'

/** How far a run is, where its params say how far it will go. */
export interface Progress {
  done: number
  total: number
  /** What the numbers count. */
  unit: 'steps' | 'epochs'
  /** The param or tag that says the total, as it is called there: `trainer.max_epochs`. */
  of: string
  /** From 0 to 1. */
  fraction: number
}

/** What frameworks call the number of steps, surest first. */
const STEPS = [
  ...['max_steps', 'total_steps', 'max_train_steps', 'num_train_steps', 'training_steps', 'train_steps'],
  ...[
    'num_steps',
    'n_steps',
    'steps',
    'max_iters',
    'max_iter',
    'total_iters',
    'num_iterations',
    'iterations',
  ],
  ...['n_iter', 'num_boost_round', 'n_estimators'],
]
const EPOCHS = [
  'max_epochs',
  'num_train_epochs',
  'total_epochs',
  'num_epochs',
  'n_epochs',
  'epochs',
  'nb_epochs',
]
/** Metrics that say which epoch it is, whatever the steps count. */
const EPOCH_METRICS = ['epoch', 'train/epoch', 'trainer/epoch']

/**
 * How far a run is: its furthest step against the number of steps that its params or tags name, else the epoch that
 * it logs, or its step, against the number of epochs. Undefined where no total is known, or where the run is past
 * it: then its steps count something else.
 */
export function progressOf({
  params,
  tags,
  metrics,
}: Pick<RunView, 'params' | 'tags' | 'metrics'>): Progress | undefined {
  const named = [...Object.entries(params), ...Object.entries(tags)]
  const steps = Object.values(metrics).flatMap(({ last_step }) =>
    last_step === null ? [] : [Number(last_step)],
  )
  const step = steps.length === 0 ? undefined : Math.max(...steps)
  const inSteps = progress(step, totalOf(named, STEPS), 'steps')
  if (inSteps !== undefined) return inSteps
  const epoch = EPOCH_METRICS.map((name) => metrics[name]?.last).find((value) => value !== undefined)
  return progress(epoch ?? step, totalOf(named, EPOCHS), 'epochs')
}

function progress(
  done: number | undefined,
  total: { name: string; value: number } | undefined,
  unit: Progress['unit'],
): Progress | undefined {
  if (done === undefined || total === undefined || !Number.isFinite(done)) return undefined
  if (done < 0 || done > total.value) return undefined
  return { done, total: total.value, unit, of: total.name, fraction: done / total.value }
}

/** The first of the names that holds a count above zero: -1 often stands for "no limit". */
function totalOf(named: [string, unknown][], names: string[]): { name: string; value: number } | undefined {
  for (const wanted of names) {
    for (const [name, value] of named) {
      if (lastPart(name) !== wanted) continue
      const count = typeof value === 'number' ? value : asNumber(String(value))
      if (count !== null && Number.isFinite(count) && count > 0) return { name, value: count }
    }
  }
  return undefined
}

function lastPart(name: string): string {
  return name.toLowerCase().replaceAll('-', '_').split(/[./]/).at(-1) ?? ''
}

const CELLS = 10

/** '██████░░░░ 60 %': ten cells of one width each, in letters of any kind. */
export function progressBar(fraction: number): string {
  const filled = Math.min(CELLS, Math.floor(fraction * CELLS))
  const percent = fraction >= 1 ? 100 : Math.min(99, Math.round(fraction * 100))
  return `${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)} ${percent} %`
}
