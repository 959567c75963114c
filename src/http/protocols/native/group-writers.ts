import type { Ctx } from '../../../context.ts'
import { appendPoints, logPoints, type PointsInput } from '../../../domain/ingest/log-points.ts'
import type { Counts } from '../../../points/index.ts'
import { type StartedRun, startRuns, type Start } from '../../../domain/runs/write/start-runs.ts'
import { runUrl } from '../../../domain/runs/run-url.ts'
import { type Change, type Changed, updateRuns } from '../../../domain/runs/write/update-runs.ts'
import { answerTogether } from '../../answer-once.ts'
import { refOf } from '../../../domain/values/ref.ts'

/** The three ways in that training scripts use all the time: requests in flight together share transactions. */
export function groupWriters(ctx: Ctx) {
  const start = answerTogether<Start, StartedRun>(ctx, {
    status: 201,
    write: (trx, starts) => startRuns(trx, ctx, starts),
    answer: ({ input }, { key, number, duplicates, records }) => {
      const { project, name = null, status = 'running' } = input
      const url = runUrl(ctx, project, number)
      const run = { id: key.runId, ref: refOf(project, number), url, project, number, name, status }
      return { run, duplicates, records }
    },
    keys: ({ input, prints }) =>
      prints.fingerprint === null ? [] : [`${prints.fingerprint} ${input.project}`],
  })
  const change = answerTogether<Change, Changed>(ctx, {
    status: 200,
    write: (trx, changes) => updateRuns(trx, ctx, changes),
    answer: (_change, output) => output,
    keys: ({ key }) => [key.runId],
  })
  const log = answerTogether<PointsInput, Counts>(ctx, {
    status: 200,
    write: (trx, inputs) => logPoints(trx, ctx, inputs),
    shortcuts: [
      (inputs) => appendPoints(ctx, inputs, 'light'),
      (inputs) => appendPoints(ctx, inputs, 'full'),
    ],
    answer: (_input, counts) => counts,
    keys: ({ key }) => [key.runId],
  })
  return { start, change, log }
}
