import { deepEqual, equal, ok } from 'node:assert/strict'
import type pg from 'pg'
import { withClient } from '../../test/support/with-client.ts'
import type { RunMade } from './run-workload.ts'

/** A run as its client saw it: what it was answered, and when its end was sent and answered. */
export interface RunSent {
  run: RunMade
  id: string
  records: { metric: string; value: number; previous: { run: string; value: number } | null }[]
  finishSentAt: number
  answeredAt: number
}

/** Reads back runs of one project. @throws AssertionError when one is missing, doubled or wrong, or a record is */
export async function checkRuns(url: string, sent: RunSent[]): Promise<void> {
  const project = sent[0]?.run.project ?? ''
  await withClient(url, async (client) => {
    await checkStored(client, sent)
    await checkChain(client, project, sent)
  })
  checkOrder(sent)
}

interface Row {
  id: string
  number: number
  name: string
  status: string
  params: RunMade['params']
  value: number
  points: number
}

/** Every run of the project once, numbered without a gap, its params and its value as they were sent. */
export async function checkStored(client: pg.Client, sent: Pick<RunSent, 'id' | 'run'>[]): Promise<void> {
  const { rows } = await client.query<Row>(
    `select replace(run.id::text, '-', '') as id, run.number, run.name, run.status, summary.points::int,
       summary.last_value as value,
       (select jsonb_object_agg(name, value) from run_params param
         where param.project_id = run.project_id and param.run_id = run.id) as params
     from runs run join projects project on project.id = run.project_id
     left join metric_summaries summary on summary.project_id = run.project_id and summary.run_id = run.id
     where project.name = $1 order by run.number`,
    [sent[0]?.run.project],
  )
  deepEqual(
    rows.map(({ number }) => number),
    sent.map((_, index) => index + 1),
  )
  const found = new Map(rows.map((row) => [row.id, row]))
  for (const { id, run } of sent) {
    const row = found.get(id)
    ok(row, `run ${id} is missing`)
    const { name, status, params, value, points } = row
    deepEqual(
      { name, status, params, value, points },
      { name: run.name, status: 'finished', params: run.params, value: run.accuracy, points: 1 },
    )
  }
}

/** The chain of records is the one that was answered, and each link beats the one before. */
async function checkChain(client: pg.Client, project: string, sent: RunSent[]): Promise<void> {
  const { rows } = await client.query<{ id: string; ref: string; value: number }>(
    `select replace(run.id::text, '-', '') as id, project.name || '#' || run.number as ref, record.value
     from records record join projects project on project.id = record.project_id
     join runs run on run.project_id = record.project_id and run.id = record.run_id
     where project.name = $1 order by record.id`,
    [project],
  )
  const answered = new Map(sent.map(({ id, records }) => [id, records]))
  let previous: { run: string; value: number } | null = null
  for (const { id, ref, value } of rows) {
    deepEqual(answered.get(id), [{ metric: 'accuracy', value, previous }])
    ok(previous === null || value > previous.value, `${ref} does not beat the record before it`)
    previous = { run: ref, value }
  }
  equal(sent.filter(({ records }) => records.length > 0).length, rows.length)
  equal(previous?.value, Math.max(...sent.map(({ run }) => run.accuracy)))
}

/**
 * Records in the order that clients saw: a run beats all that were answered before it was sent, and one that took
 * no record lies below something that was sent before its answer.
 */
function checkOrder(sent: RunSent[]): void {
  const byAnswer = sent.toSorted((a, b) => a.answeredAt - b.answeredAt)
  const bySending = sent.toSorted((a, b) => a.finishSentAt - b.finishSentAt)
  let answered = 0
  let best = Number.NEGATIVE_INFINITY
  for (const { run, records, finishSentAt } of bySending) {
    for (; (byAnswer[answered]?.answeredAt ?? Infinity) < finishSentAt; answered++)
      best = Math.max(best, byAnswer[answered]?.run.accuracy ?? best)
    if (records.length > 0) ok(run.accuracy > best, `${run.name} took a record that stood higher already`)
  }
  let begun = 0
  best = Number.NEGATIVE_INFINITY
  for (const { run, records, answeredAt } of byAnswer) {
    for (; (bySending[begun]?.finishSentAt ?? Infinity) < answeredAt; begun++)
      best = Math.max(best, bySending[begun]?.run.accuracy ?? best)
    if (records.length === 0) ok(run.accuracy < best, `${run.name} should have taken the record`)
  }
}
