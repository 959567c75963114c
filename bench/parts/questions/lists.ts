import { type Form, numberOf, type Question } from './question.ts'
import {
  OWNERS,
  RARE_OWNER,
  RARE_TAG,
  type Run,
  type Size,
  STAGE,
} from '../../../test/support/many-runs/shape.ts'

const DAY_MS = 86_400_000
const PAGE = 50
const GOALS = { under: 50 }

type Fits = (run: Run, now: number) => boolean

/** Runs by conditions, newest first; those that few or only old runs meet are in every question. */
export function listQuestions({ end }: Size): Question[] {
  const quarter = end - 90 * DAY_MS
  return [
    {
      name: 'runs by owner',
      goals: GOALS,
      forms: [
        list(`by:${OWNERS[0]}`, (run) => run.owner === OWNERS[0]),
        list(`by:${RARE_OWNER}`, (run) => run.owner === RARE_OWNER),
      ],
    },
    {
      name: 'runs by status and time',
      goals: GOALS,
      forms: [
        list(
          'status:failed since:7d',
          (run, now) => run.status === 'failed' && run.startedAt >= now - 7 * DAY_MS,
        ),
        list('status:lost', (run) => run.status === 'lost'),
        list(`until:${new Date(quarter).toISOString()}`, (run) => run.startedAt <= quarter),
        list('status:running', (run) => run.status === 'running'),
      ],
    },
    {
      name: 'runs by tag',
      goals: GOALS,
      forms: [
        list(`tag:${STAGE}`, (run) => run.stage === STAGE),
        list(`tag:${RARE_TAG}`, (run) => run.n % 1_000 === 3),
      ],
    },
    {
      name: 'runs by params',
      goals: GOALS,
      forms: [
        list(`lr<0.01 tag:${STAGE}`, (run) => run.lr < 0.01 && run.stage === STAGE),
        list('lr<0.00002', (run) => run.lr < 0.00002),
        list('lr=0.09 by:tariq', (run) => run.lr === 0.09 && run.owner === 'tariq'),
      ],
    },
    {
      name: 'runs by a metric',
      goals: GOALS,
      forms: [
        list('accuracy>0.9', (run) => run.accuracy !== undefined && run.accuracy > 0.9),
        list('accuracy>0.999', (run) => run.accuracy !== undefined && run.accuracy > 0.999),
      ],
    },
    {
      name: 'runs of a sweep',
      goals: GOALS,
      forms: [list('group:sweep-21', (run) => run.n % 3 === 0 && Math.floor(run.n / 150) === 21)],
    },
    {
      name: 'ask runs',
      goals: GOALS,
      forms: [ask('lr<0.01 status:failed', (run) => run.lr < 0.01 && run.status === 'failed')],
    },
  ]
}

function list(q: string, fits: Fits): Form {
  return {
    path: `/runs?project=vision&q=${encodeURIComponent(q)}`,
    wanted: { fits, order: 'newest', top: PAGE },
    read: (answer) => (answer as { items: { ref: string }[] }).items.map(({ ref }) => numberOf(ref)),
  }
}

function ask(q: string, fits: Fits): Form {
  return {
    path: `/ask?q=${encodeURIComponent(`runs in vision ${q}`)}`,
    wanted: { fits, order: 'newest', top: 10 },
    read: (answer) =>
      (answer as { data: { runs: { ref: string }[] } }).data.runs.map(({ ref }) => numberOf(ref)),
  }
}
