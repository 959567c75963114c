import { lastLines } from '../../runs/write/append-logs.ts'
import { failureMessage, LINES_LIMIT } from '../messages/failure-message.ts'
import type { AlertRule } from './rule.ts'
import { readBrief, type RunBrief } from '../messages/run-brief.ts'

/** A run was killed. Mostly its owner did that, so the message does not mention them. */
export const killed: AlertRule<never, { run: RunBrief; lines: string[] }> = {
  name: 'killed',
  words: { events: ['killed'], of: 'runs', help: 'killed runs' },
  byDefault: false,
  topics: ['run.failed'],
  decide: async (trx, ctx, { topic, payload }) => {
    if (topic !== 'run.failed' || payload.status !== 'killed') return []
    const run = await readBrief(trx, ctx, payload)
    if (run === undefined) return []
    const lines = await lastLines(trx, payload, LINES_LIMIT)
    return [
      {
        kind: 'fires',
        project: { id: payload.projectId, name: run.project },
        subject: `run:${payload.runId}`,
        state: 'killed',
        parts: [],
        data: { run, lines },
      },
    ]
  },
  render: (_trx, ctx, { data: { run, lines } }) => failureMessage(ctx, run, 'killed', lines),
}
