import type { Transaction } from 'kysely'
import type { Database, MetricRow } from '../../../db/tables.ts'
import type { Events, SetRecord } from '../../../events.ts'
import { primaryMetrics } from '../../metrics/primary-metrics.ts'
import type { Episode } from './episodes.ts'
import { areInvalid, postsNaming, projectOfValidRun, type RecordMembers } from '../messages/posted-records.ts'
import { recordMessage } from '../messages/record-message.ts'
import type { AlertRule, Firing, Grouping } from './rule.ts'
import { goodness, isBetter } from '../../values/better.ts'

/** Records within this time of a post are added to that post; later ones get a post of their own. */
const BURST_MS = 60_000
const MAX_EDITS = 2

interface BestData {
  /** When the records were set. */
  at: string
  /** The metrics that the finding is about, by key. */
  metrics: Map<string, MetricRow>
}

const grouping: Grouping<RecordMembers, BestData> = {
  lasts: true,
  find: async (trx, finding, newest, now) => {
    const counting = await Promise.all(
      newest.map((episodes) => newestCounting(trx, finding.project.id, episodes)),
    )
    const open = counting.find(
      (one) => one !== undefined && (isOpen(one.episode, finding.data.at, now) || isAhead(one, finding)),
    )
    return { open: open?.episode, former: counting.map((one) => one?.episode) }
  },
  merge: ({ key, members }, { data }, part) => {
    const added = part.members.records.filter(
      ({ runId }) => !members.records.some((one) => one.runId === runId),
    )
    const direction = data.metrics.get(key)?.direction ?? 'max'
    return {
      ...members,
      records: [...members.records, ...added].toSorted(
        (a, b) => goodness(a.value, direction) - goodness(b.value, direction),
      ),
    }
  },
  openUntil: ({ data }, _now, joined) => joined?.openUntil ?? new Date(Date.parse(data.at) + BURST_MS),
  // The first change is edited in at once, all later ones when the minute ends: two edits for any number of runs.
  // When the post's picture follows by an edit, that edit is the first.
  editAt: ({ openUntil, delivery }, now) =>
    (delivery.edits > 0 || delivery.editDueAt !== null) && openUntil > now ? openUntil : now,
  overtake: async (trx, { projectId, members }, part) => {
    const by = part.members.records[0] ?? null
    const { beatenBy } = members
    const isBeaten =
      beatenBy !== null && !(await areInvalid(trx, projectId, [beatenBy.runId])).has(beatenBy.runId)
    return isBeaten ? undefined : { ...members, beatenBy: by }
  },
}

/**
 * A finished run beat the record of a primary metric. A run with several records gets one message, and so does a
 * burst of runs. A metric's first record is not posted, because it beat none. The post is edited when its record is
 * beaten, and when a run that it names is made invalid or valid again.
 */
export const best: AlertRule<RecordMembers, BestData> = {
  name: 'best',
  words: { events: ['new bests'], help: 'new bests' },
  byDefault: true,
  topics: ['record.beaten', 'run.validity'],
  decide: async (trx, ctx, { topic, payload }) => {
    if (topic === 'record.beaten') return await beatenPrimaries(trx, payload)
    if (topic !== 'run.validity') return []
    const deliveries = await postsNaming(trx, best.name, payload)
    const data = { at: ctx.clock.now().toISOString(), metrics: new Map() }
    return [{ kind: 'revises', projectId: payload.projectId, deliveries, data }]
  },
  render: async (trx, ctx, { projectId, parts }) => {
    const metrics = parts.map(({ key, members }) => ({ metricId: Number(key), ...members }))
    return await recordMessage(trx, ctx, projectId, metrics, best.name)
  },
  grouping,
}

async function beatenPrimaries(
  trx: Transaction<Database>,
  event: Events['record.beaten'],
): Promise<Firing<RecordMembers, BestData>[]> {
  const beaten = event.records.filter(({ previous }) => previous !== null)
  if (beaten.length === 0) return []
  const project = await projectOfValidRun(trx, event)
  if (project === undefined) return []
  const primary = await primaryMetrics(trx, project.id)
  const won = primary.metrics.flatMap((metric) => {
    const record = beaten.find(({ metricId }) => metricId === metric.id)
    return record === undefined ? [] : [{ metric, record }]
  })
  if (won.length === 0) return []
  return [
    {
      kind: 'fires',
      project,
      subject: `run:${event.runId}`,
      state: 'record',
      parts: won.map(({ metric, record }) => ({
        key: String(metric.id),
        members: { records: [posted(event, record)], beatenBy: null },
      })),
      data: { at: event.at, metrics: new Map(won.map(({ metric }) => [String(metric.id), metric])) },
    },
  ]
}

function posted(event: Events['record.beaten'], { value, step, previous }: SetRecord) {
  return { runId: event.runId, value, step, previous, at: event.at }
}

interface Counting {
  episode: Episode<RecordMembers>
  /** The best value in the message that counts. */
  best: number
}

/** The newest episode with a record that counts; episodes whose runs are all invalid are skipped. */
async function newestCounting(
  trx: Transaction<Database>,
  projectId: number,
  episodes: Episode<RecordMembers>[],
): Promise<Counting | undefined> {
  const ids = episodes.flatMap(({ members }) => members.records.map(({ runId }) => runId))
  const invalid = await areInvalid(trx, projectId, ids)
  for (const episode of episodes) {
    const standing = episode.members.records.findLast(({ runId }) => !invalid.has(runId))
    if (standing !== undefined) return { episode, best: standing.value }
  }
  return undefined
}

/**
 * A post accepts the records that were set within its minute, and all records while it is not posted yet. An event
 * that is handled after the minute may still change the post, if that is at most its second edit.
 */
function isOpen({ openUntil, delivery }: Episode<RecordMembers>, setAt: string, now: Date): boolean {
  if (delivery.status === 'planned') return true
  return openUntil > new Date(setAt) && (openUntil > now || delivery.edits < MAX_EDITS)
}

/** Events may be handled out of order: the message of a better record then includes the earlier, worse one. */
function isAhead({ episode, best: standing }: Counting, finding: Firing<RecordMembers, BestData>): boolean {
  const part = finding.parts.find(({ key }) => key === episode.key)
  const value = part?.members.records[0]?.value
  if (value === undefined) return false
  return isBetter(standing, value, finding.data.metrics.get(episode.key)?.direction ?? 'min')
}
