import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow, Database, MetricRow } from '../../db/tables.ts'
import type { Events, SetRecord } from '../../events.ts'
import { listeners } from '../channels/listeners.ts'
import { planDelivery, reviseDelivery } from '../deliveries/plan.ts'
import { primaryMetrics } from '../metrics/primary-metrics.ts'
import {
  type Announcement,
  type AnnouncedRecord,
  areInvalid,
  insertAnnouncements,
  latestAnnouncement,
  readAnnouncements,
  updateAnnouncement,
} from './announcements.ts'
import { lockAnnouncements } from './project-lock.ts'
import { recordMessage } from './record-message.ts'

/** Records within this time of a post change that post; later ones are posts of their own. */
const BURST_MS = 60_000
const MOST_EDITS = 2

/**
 * Tells every watching channel of the records that a finished run took on the project's primary metrics: one
 * message for a run, one post for a burst. A project's first record is silent, for nothing was beaten.
 * @returns the channels that have something to send now
 */
export async function announceRecords(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['record.beaten'],
): Promise<number[]> {
  const beaten = event.records.filter((record) => record.previous !== null)
  if (beaten.length === 0) return []
  await lockAnnouncements(trx, event.projectId)
  const project = await projectOfValidRun(trx, event)
  if (project === undefined) return []
  const primary = await primaryMetrics(trx, project.id)
  const told = primary.metrics.flatMap((metric) => {
    const record = beaten.find((one) => one.metricId === metric.id)
    return record === undefined ? [] : [{ metric, record }]
  })
  if (told.length === 0) return []
  const channels = await listeners(trx, ctx, project.name, 'best')
  for (const channel of channels) await announceIn(trx, ctx, channel, event, told)
  return channels.map((channel) => channel.id)
}

/** A run that is invalid by now is not announced, and one that is gone neither. */
async function projectOfValidRun(
  trx: Transaction<Database>,
  { projectId, runId }: Events['record.beaten'],
): Promise<{ id: number; name: string } | undefined> {
  return await trx
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['projects.id', 'projects.name'])
    .where('runs.project_id', '=', projectId)
    .where('runs.id', '=', sql<string>`${runId}::uuid`)
    .where('runs.invalidated_at', 'is', null)
    .executeTakeFirst()
}

type Told = { metric: MetricRow; record: SetRecord }[]

async function announceIn(
  trx: Transaction<Database>,
  ctx: Ctx,
  channel: ChannelRow,
  event: Events['record.beaten'],
  told: Told,
): Promise<void> {
  const now = ctx.clock.now()
  const entries = told.map(({ metric, record }) => ({
    metricId: metric.id,
    direction: metric.direction,
    entry: announced(event, record),
  }))
  const former = await Promise.all(
    told.map(({ metric }) => latestAnnouncement(trx, event.projectId, metric.id, channel.id)),
  )
  const open = former.find((one) => one !== undefined && (isOpen(one, event.at, now) || isAhead(one, told)))
  const deliveryId = open === undefined ? await post(trx, ctx, channel, event, entries) : open.deliveryId
  if (deliveryId === undefined) return
  if (open !== undefined) await join(trx, ctx, open, event.projectId, entries)
  for (const one of former) {
    if (one === undefined || one.deliveryId === deliveryId) continue
    const overtaking = entries.find((entry) => entry.metricId === one.metricId)
    if (overtaking !== undefined) await overtake(trx, ctx, one, overtaking.entry, now)
  }
}

/**
 * A post takes the records that were set within its minute, and any while it has not left us. One that is handled
 * after the minute may still change the post, as long as that is its second edit at most.
 */
function isOpen({ status, openUntil, edits }: Announcement, setAt: string, now: Date): boolean {
  if (status === 'planned') return true
  return openUntil > new Date(setAt) && (openUntil > now || edits < MOST_EDITS)
}

/** Events may be handled out of their order: a post that tells of a better record takes the earlier one in. */
function isAhead(announcement: Announcement, told: Told): boolean {
  const own = told.find(({ metric }) => metric.id === announcement.metricId)
  if (own === undefined) return false
  const { metric, record } = own
  return metric.direction === 'max' ? announcement.best > record.value : announcement.best < record.value
}

type Entries = { metricId: number; direction: MetricRow['direction']; entry: AnnouncedRecord }[]

async function post(
  trx: Transaction<Database>,
  ctx: Ctx,
  channel: ChannelRow,
  event: Events['record.beaten'],
  entries: Entries,
): Promise<number | undefined> {
  const now = ctx.clock.now()
  const rows = entries.map(({ metricId, entry }) => ({ metricId, records: [entry], beatenBy: null }))
  const message = await recordMessage(trx, ctx, event.projectId, rows)
  const id = await planDelivery(trx, ctx, {
    channelId: channel.id,
    rule: 'best',
    subject: `run:${event.runId}`,
    state: 'record',
    projectId: event.projectId,
    message,
  })
  if (id === undefined) return undefined
  const openUntil = new Date(Date.parse(event.at) + BURST_MS)
  await insertAnnouncements(
    trx,
    { deliveryId: id, channelId: channel.id, projectId: event.projectId, openUntil, now },
    rows,
  )
  return id
}

/**
 * Adds a run's records to an open post. The first change shows at once, everything after it when the minute ends:
 * two edits, however many runs there are. Where the post's picture follows, that is the first.
 */
async function join(
  trx: Transaction<Database>,
  ctx: Ctx,
  open: Announcement,
  projectId: number,
  entries: Entries,
): Promise<void> {
  const now = ctx.clock.now()
  const rows = await readAnnouncements(trx, open.deliveryId)
  for (const { metricId, direction, entry } of entries) {
    const row = rows.find((one) => one.metricId === metricId)
    if (row === undefined) {
      const fresh = { metricId, records: [entry], beatenBy: null }
      const { deliveryId, channelId, openUntil } = open
      await insertAnnouncements(trx, { deliveryId, channelId, projectId, openUntil, now }, [fresh])
      rows.push(fresh)
    } else if (!row.records.some((one) => one.runId === entry.runId)) {
      row.records.push(entry)
      row.records.sort((a, b) => (direction === 'max' ? a.value - b.value : b.value - a.value))
      await updateAnnouncement(trx, open.deliveryId, row)
    }
  }
  const quiet = open.edits > 0 || open.editDueAt !== null
  const editAt = quiet && open.openUntil > now ? open.openUntil : now
  await reviseDelivery(trx, open.deliveryId, await recordMessage(trx, ctx, projectId, rows), editAt)
}

/** The former holder's message keeps its numbers and gains by whom it was beaten, and when. */
async function overtake(
  trx: Transaction<Database>,
  ctx: Ctx,
  former: Announcement,
  by: AnnouncedRecord,
  now: Date,
): Promise<void> {
  const rows = await readAnnouncements(trx, former.deliveryId)
  const row = rows.find((one) => one.metricId === former.metricId)
  if (row === undefined) return
  const { beatenBy } = row
  if (beatenBy !== null && !(await areInvalid(trx, former.projectId, [beatenBy.runId])).has(beatenBy.runId))
    return
  row.beatenBy = by
  await updateAnnouncement(trx, former.deliveryId, row)
  await reviseDelivery(trx, former.deliveryId, await recordMessage(trx, ctx, former.projectId, rows), now)
}

function announced(event: Events['record.beaten'], { value, step, previous }: SetRecord): AnnouncedRecord {
  return { runId: event.runId, value, step, previous, at: event.at }
}
