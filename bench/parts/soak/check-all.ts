import { deepEqual, equal } from 'node:assert/strict'
import type pg from 'pg'
import type { FakeSlack } from '../../../test/support/fake-slack/start.ts'
import type { PointColumns } from '../../../src/points/packed-points.ts'
import { readStored } from '../read-stored.ts'
import { type Sent, sentPoints } from './made.ts'

/** Reads back every run, point and message. @throws AssertionError with the first difference */
export async function checkAll(
  client: pg.Client,
  sent: Sent[],
  slack: FakeSlack,
): Promise<{ points: number; messages: number }> {
  let points = 0
  await checkRuns(client, sent)
  for (const one of sent) points += await checkPointsOf(client, one)
  await checkRecordsTold(client)
  const messages = await checkMessages(client, sent, slack)
  return { points, messages }
}

async function checkRuns(client: pg.Client, sent: Sent[]): Promise<void> {
  const { rows } = await client.query<{ line: string }>(
    `select replace(id::text, '-', '') || ' ' || status as line from runs order by 1`,
  )
  const wanted = sent.map(({ id, made }) => `${id} ${made.fails ? 'failed' : 'finished'}`)
  deepEqual(
    rows.map(({ line }) => line),
    wanted.toSorted(),
  )
}

async function checkPointsOf(client: pg.Client, sent: Sent): Promise<number> {
  const { rows } = await client.query<{ name: string; points: number }>(
    `select metric.name, summary.points::int as points from metric_summaries summary
     join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
     where summary.run_id = $1`,
    [sent.id],
  )
  const stored = await readStored(client, sent.id)
  const summaries = new Map(rows.map(({ name, points }) => [name, points]))
  let count = 0
  for (const [name, points] of sentPoints(sent)) {
    samePoints(`${sent.id} ${name}`, stored.get(name) ?? [], points)
    equal(summaries.get(name), points.values.length, `${sent.id} ${name}: points in its summary`)
    count += points.values.length
  }
  return count
}

function samePoints(of: string, found: PointColumns[], wanted: PointColumns): void {
  let at = 0
  for (const { steps, times, values } of found)
    for (const [index, value] of values.entries()) {
      const line = [steps[index], times[index], value].join(' ')
      if (line !== [wanted.steps[at], wanted.times[at], wanted.values[at]].join(' '))
        throw new Error(`${of}: point ${at} is ${line}`)
      at += 1
    }
  equal(at, wanted.values.length, `${of}: points in its rows`)
}

/** Each record but a project's first is in one post of each channel, and in no second one. */
async function checkRecordsTold(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ channel: string; wanted: number; told: number; runs: number }>(
    `with beaten as (
       select record.project_id, record.metric_id, record.run_id from records record
       join metrics metric on metric.project_id = record.project_id and metric.id = record.metric_id
       where metric.name = 'accuracy' and exists (select from records former
         where former.project_id = record.project_id and former.metric_id = record.metric_id and former.id < record.id)
     ), told as (
       select episode.channel_id, episode.project_id, entry->>'runId' as run_id
       from episodes episode, jsonb_array_elements(episode.members->'records') entry where episode.rule = 'best'
     )
     select project.name || ' ' || subscription.channel_id as channel,
       (select count(*)::int from beaten where beaten.project_id = project.id) as wanted,
       (select count(*)::int from told where told.project_id = project.id
         and told.channel_id = subscription.channel_id) as told,
       (select count(distinct told.run_id)::int from told join beaten on beaten.project_id = told.project_id
         and replace(beaten.run_id::text, '-', '') = told.run_id
         where told.project_id = project.id and told.channel_id = subscription.channel_id) as runs
     from subscriptions subscription join projects project on project.name = subscription.project`,
  )
  for (const { channel, wanted, told, runs } of rows)
    deepEqual({ channel, told, runs }, { channel, told: wanted, runs: wanted })
}

/** One failure and its thread in each channel for each failed run; in Slack and on the console what was planned. */
async function checkMessages(client: pg.Client, sent: Sent[], slack: FakeSlack): Promise<number> {
  const failed = sent.filter(({ made }) => made.fails).length
  const { rows } = await client.query<{ rule: string; places: number; count: number }>(
    `select rule, count(distinct channel.platform)::int as places, count(*)::int as count
     from deliveries join channels channel on channel.id = deliveries.channel_id
     where status = 'sent' group by rule`,
  )
  const of = (rule: string) => rows.find((row) => row.rule === rule)?.count ?? 0
  deepEqual([of('failed'), of('failed.thread')], [failed * 2, failed * 2])
  const { rows: planned } = await client.query<{ slack: number; console: number }>(
    `select count(*) filter (where platform = 'slack')::int as slack,
       count(*) filter (where platform = 'console')::int as console
     from deliveries join channels on channels.id = deliveries.channel_id`,
  )
  const posted = await client.query<{ count: number }>('select count(*)::int as count from console_messages')
  const inSlack = slack.state.messages.filter(({ visibleTo }) => visibleTo === undefined).length
  deepEqual({ slack: inSlack, console: posted.rows[0]?.count }, planned[0])
  return inSlack + (posted.rows[0]?.count ?? 0)
}
