import { type Form, numberOf, type Question } from './question.ts'
import { RARE_OWNER, RARE_TAG, type Run, STAGE } from '../../../test/support/many-runs/shape.ts'
import type { Order } from '../../../test/support/many-runs/truth.ts'

const DAY_MS = 86_400_000

const ACCURACY: Order = { direction: 'max', value: (run) => run.accuracy }
const VAL_LOSS: Order = { direction: 'min', value: (run) => run.valLoss }
const TIES: Order = { direction: 'max', value: (run) => run.trainAccuracy }

interface Condition {
  clauses: string
  fits(run: Run, now: number): boolean
}

const ANY: Condition = { clauses: '', fits: () => true }
const LR = [0.01, 0.001, 0.0001, 0.00002].map((limit) => ({
  clauses: `where lr<${limit}`,
  fits: (run: Run) => run.lr < limit,
}))
const WEEK: Condition = {
  clauses: 'since:7d',
  fits: (run, now) => run.startedAt >= now - 7 * DAY_MS,
}
const TAG: Condition = { clauses: `tag:${STAGE}`, fits: (run) => run.stage === STAGE }

const GOALS = { under: 10, times: 2 }

/** Each as a question in chat and as a script reads the board. */
export const BOARDS: Question[] = [
  { name: 'plain', conditions: [ANY] },
  { name: 'where lr<...', conditions: LR },
  { name: 'since:7d', conditions: [WEEK] },
  { name: 'a tag:', conditions: [TAG] },
].flatMap(({ name, conditions }) => [
  {
    name: `ask best, ${name}`,
    forms: conditions.map((one) => best('accuracy', ACCURACY, one)),
    goals: GOALS,
  },
  {
    name: `leaderboard, ${name}`,
    forms: conditions.map((one) => board('accuracy', ACCURACY, one)),
    goals: GOALS,
  },
])

/** What a board must also stand. */
export const HARD_BOARDS: Question[] = [
  {
    name: 'leaderboard, a third of the runs at 1',
    forms: [board('train_accuracy', TIES, ANY), board('train_accuracy', TIES, WEEK)],
    goals: { under: 10 },
    note: 'of equal values the earlier run comes first; for the last seven days the index leads past all older runs at 1',
  },
  {
    name: 'leaderboard, a condition that few runs meet',
    forms: [
      { clauses: `tag:${RARE_TAG}`, fits: (run: Run) => run.n % 1_000 === 3 },
      { clauses: `by:${RARE_OWNER}`, fits: (run: Run) => run.owner === RARE_OWNER },
      { clauses: 'group:sweep-21', fits: (run: Run) => run.n % 3 === 0 && Math.floor(run.n / 150) === 21 },
      {
        clauses: 'where accuracy<0.5001',
        fits: (run: Run) => run.accuracy !== undefined && run.accuracy < 0.5001,
      },
    ].map((one) => board('accuracy', ACCURACY, one)),
    goals: {},
  },
  {
    name: 'leaderboard, a condition that keeps the best out',
    note: 'runs with so low an lr are 40, 20 and 2 % of all, and the best of them come after a third of the board',
    forms: LR.slice(1).map((one) => board('val_loss', VAL_LOSS, one)),
    goals: {},
  },
]

function best(metric: string, order: Order, { clauses, fits }: Condition): Form {
  return {
    path: `/ask?q=${encodeURIComponent(`best ${metric} in vision ${clauses}`)}`,
    wanted: { fits: (run, now) => run.status === 'finished' && fits(run, now), order, top: 1 },
    read: (answer) => numbers((answer as { data: Board }).data),
  }
}

function board(metric: string, order: Order, { clauses, fits }: Condition): Form {
  return {
    path: `/projects/vision/leaderboard?metric=${metric}&where=${encodeURIComponent(clauses)}`,
    wanted: { fits: (run, now) => run.status === 'finished' && fits(run, now), order, top: 10 },
    read: (answer) => numbers(answer as Board),
  }
}

interface Board {
  rows: { run: { ref: string } }[]
}

function numbers({ rows }: Board): number[] {
  return rows.map(({ run }) => numberOf(run.ref))
}
