import type { Kysely, UpdateQueryBuilder, UpdateResult } from 'kysely'
import type { Database } from '../../db/tables.ts'
import type { Delivery } from './find.ts'
import { TRANSITIONS, type TransitionName } from './states.ts'

/**
 * The transitions of states.ts, each one a conditional update: when two processes try the same one, only one of them
 * succeeds, and an illegal transition changes nothing. Functions return whether the transition happened.
 */
type Db = Kysely<Database>
type Update = UpdateQueryBuilder<Database, 'deliveries', 'deliveries', UpdateResult>

/**
 * Marks a planned message as being sent. When two senders try the same message, only one succeeds, so that a channel's
 * lease may expire too early without a second post.
 * @returns the delivery to send; undefined when it changed since it was read
 */
export async function beginSending(
  db: Db,
  { id, version, ...delivery }: Delivery,
  { now, picturesDue }: { now: Date; picturesDue: boolean },
): Promise<Delivery | undefined> {
  const row = await transition(db, 'begin', id)
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      attempt_at: now,
      sent_version: version,
      pictures_due: picturesDue,
    }))
    .where('version', '=', version)
    .returning(['status', 'attempts', 'attempt_at', 'sent_version', 'pictures_due'])
    .executeTakeFirst()
  return row === undefined ? undefined : { ...delivery, id, version, ...row }
}

/** Stores the platform's id of a posted message. Changes made meanwhile, and late pictures, become an edit. */
export async function markSent(
  db: Db,
  { id, attempts, sent_version }: Delivery,
  { externalId, url, now }: { externalId: string; url?: string | undefined; now: Date },
): Promise<boolean> {
  return await happened(
    transition(db, 'sent', id)
      .set((eb) => ({
        external_id: externalId,
        url: url ?? null,
        sent_at: now,
        last_error: null,
        attempts: 0,
        faults: 0,
        edit_due_at: eb
          .case()
          .when(eb.or([eb('version', '>', sent_version), eb('pictures_due', '=', true)]))
          .then(eb.fn.coalesce('edit_due_at', eb.val(now)))
          .else(null)
          .end(),
      }))
      .where('attempts', '=', attempts),
  )
}

/** Marks a post whose outcome is unknown. The sender looks for it, and posts it again at `dueAt` at the earliest. */
export async function markUnclear(
  db: Db,
  { id, attempts }: Delivery,
  { dueAt, faults, error }: { dueAt: Date; faults?: number; error?: string },
): Promise<boolean> {
  return await happened(
    transition(db, 'unclear', id)
      .set({
        due_at: dueAt,
        ...(faults === undefined ? {} : { faults }),
        ...(error === undefined ? {} : { last_error: error }),
      })
      .where('attempts', '=', attempts),
  )
}

/** Plans a message again that the platform certainly did not store. */
export async function releaseDelivery(db: Db, { id, attempts }: Delivery, error?: string): Promise<boolean> {
  return await happened(
    transition(db, 'release', id)
      // Without an error the column is set to itself, because an update has to set a column.
      .set((eb) => ({ last_error: error ?? eb.ref('last_error') }))
      .where('attempts', '=', attempts),
  )
}

/** Marks a message as failed. A planned one only while it still has the content that was read. */
export async function failDelivery(
  db: Db,
  { id, attempts, status, version }: Delivery,
  error: string,
): Promise<boolean> {
  const query = transition(db, 'fail', id).set({ last_error: error }).where('attempts', '=', attempts)
  return await happened(status === 'planned' ? query.where('version', '=', version) : query)
}

/** Marks every open message of a channel as failed. */
export async function failOpenDeliveries(db: Db, channelId: number, error: string): Promise<void> {
  const { from, to } = TRANSITIONS.fail
  await db
    .updateTable('deliveries')
    .set({ status: to, last_error: error })
    .where('channel_id', '=', channelId)
    .where('status', 'in', [...from])
    .execute()
}

/** Stores the version that an edit sends. @returns false when the message has changed since it was read */
export async function beginEdit(db: Db, { id, version }: Delivery): Promise<boolean> {
  return await happened(
    transition(db, 'beginEdit', id).set({ edit_version: version }).where('version', '=', version),
  )
}

/**
 * Records that the platform shows this version. When another process began a later edit meanwhile, the platform may
 * have received the two in either order: the newest version is then sent again.
 */
export async function markEdited(
  db: Db,
  { id, version, edits }: Pick<Delivery, 'id' | 'version' | 'edits'>,
  now: Date,
): Promise<boolean> {
  const alone = await happened(
    transition(db, 'edited', id)
      .set((eb) => ({
        sent_version: version,
        edits: edits + 1,
        attempts: 0,
        faults: 0,
        pictures_due: false,
        edit_due_at: laterEdit(eb, version),
      }))
      .where('edit_version', '=', version),
  )
  if (!alone) {
    await transition(db, 'edited', id)
      .set({ sent_version: version, edit_due_at: now })
      .where('edit_version', '>', version)
      .execute()
  }
  return alone
}

/** Plans the edit again, at `dueAt`. */
export async function retryEdit(
  db: Db,
  { id, version, attempts }: Delivery,
  { dueAt, faults, error }: { dueAt: Date; faults: number; error: string },
): Promise<boolean> {
  return await happened(
    transition(db, 'retryEdit', id)
      .set({ attempts: attempts + 1, faults, last_error: error, edit_due_at: dueAt })
      .where('edit_version', '=', version),
  )
}

/** Drops an edit. The edit of a later version stays planned. */
export async function dropEdit(db: Db, { id, version }: Delivery, error?: string): Promise<boolean> {
  return await happened(
    transition(db, 'dropEdit', id).set((eb) => ({
      attempts: 0,
      faults: 0,
      ...(error === undefined ? { pictures_due: false } : { last_error: error }),
      edit_due_at: laterEdit(eb, version),
    })),
  )
}

function laterEdit(eb: Parameters<Extract<Parameters<Update['set']>[0], Function>>[0], version: number) {
  return eb.case().when('version', '>', version).then(eb.ref('edit_due_at')).else(null).end()
}

/** An update of one delivery, conditional on the statuses that the transition allows. */
export function transition(db: Db, name: TransitionName, id: number): Update {
  const { from, to } = TRANSITIONS[name]
  const query = db
    .updateTable('deliveries')
    .where('id', '=', id)
    .where('status', 'in', [...from])
  return to === 'same' ? query : query.set({ status: to })
}

async function happened(query: Update): Promise<boolean> {
  return (await query.returning('id').executeTakeFirst()) !== undefined
}
