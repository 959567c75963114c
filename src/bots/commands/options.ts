import type { CommandOption } from './command.ts'

/** Options that several commands share, as Discord shows and completes them. */
export const METRIC: CommandOption = {
  name: 'metric',
  description: 'Which metric',
  kind: 'metric',
  required: true,
  as: 'word',
}
export const PROJECT: CommandOption = {
  name: 'project',
  description: 'Which project',
  kind: 'project',
  as: { keyword: 'in' },
}
export const RUN: CommandOption = {
  name: 'run',
  description: 'Which run: churn#142',
  kind: 'run',
  required: true,
  as: 'word',
}
/** One or several: typed as words, so that each of them is quoted by itself where it needs it. */
export const RUNS: CommandOption = {
  name: 'run',
  description: 'Which run, or several: churn#12..20',
  kind: 'run',
  as: 'runs',
}

export const BOARD_OPTIONS: CommandOption[] = [
  METRIC,
  PROJECT,
  { name: 'where', description: 'Conditions: lr<0.01 tag:ablation by:ana', kind: 'filter', as: 'raw' },
  { name: 'top', description: 'How many rows', kind: 'integer', as: { keyword: 'top' } },
  {
    name: 'since',
    description: 'Not older than: 7d, 12h, 2026-11-01',
    kind: 'text',
    as: { prefix: 'since:' },
  },
]
