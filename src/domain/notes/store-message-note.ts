import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { linkRuns, subjectOf } from './add-note.ts'
import { eraseNote } from './delete-note.ts'
import { refSql } from '../values/ref.ts'

/** A chat message that is a note: as it is now, by what one event tells. */
export interface NoteMessage {
  /** 'slack:T1:C1:1700.1': one message is one note. */
  source: string
  /** When it was last changed, in ms since 1970 by the platform's clock. */
  version: number
  projectId: number
  runIds: string[]
  text: string
  author: string
  account: string
  permalink?: string | undefined
}

/**
 * Makes a note of a chat message, or brings it up to the message's newest version. Events may come twice and in any
 * order: the newest version wins, the oldest tells when it was written, and what was taken back stays so.
 * @returns whether this event told something new
 */
export async function storeMessageNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  message: NoteMessage,
): Promise<boolean> {
  await lockSource(trx, message.source)
  if (await wasDeleted(trx, message.source)) return false
  const before = await noteOf(trx, message.source)
  if (before === undefined) {
    await insert(trx, ctx, actor, message)
    return message.text !== ''
  }
  if (before.deleted_at !== null) return false
  return await updateNote(trx, ctx, actor, before, message)
}

/**
 * A chat message was deleted: its note goes, and no event that comes later brings it back.
 * @returns whether it was a note
 */
export async function deleteMessageNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  origin: string,
  source: string,
): Promise<boolean> {
  await lockSource(trx, source)
  const note = await noteOf(trx, source)
  if (note === undefined) {
    await markDeleted(trx, ctx, source)
    return false
  }
  if (note.deleted_at !== null) return false
  await eraseNote(trx, ctx, { name: note.author, origin }, { ...note, projectId: note.project_id })
  return true
}

/** Events about one message take turns, the first of them too, for which there is no row to lock. */
async function lockSource(trx: Transaction<Database>, source: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${source}, 7302))`.execute(trx)
}

/** A message whose creation we have not heard of has no row yet: its deletion is remembered among the seen events. */
async function markDeleted(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  source: string,
): Promise<void> {
  await trx
    .insertInto('events_seen')
    .values({ platform: 'deleted', key: source, seen_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.columns(['platform', 'key']).doNothing())
    .execute()
}

async function wasDeleted(trx: Transaction<Database>, source: string): Promise<boolean> {
  const row = await trx
    .selectFrom('events_seen')
    .select('key')
    .where('platform', '=', 'deleted')
    .where('key', '=', source)
    .executeTakeFirst()
  return row !== undefined
}

interface StoredNote {
  id: number
  project_id: number
  kind: 'note' | 'learning'
  author: string
  source_version: number
  created_at: Date
  edited_at: Date | null
  deleted_at: Date | null
  project: string
  runs: string[]
}

async function noteOf(trx: Transaction<Database>, source: string): Promise<StoredNote | undefined> {
  const { rows } = await sql<StoredNote>`
    select note.id, note.project_id, note.kind, note.author, note.source_version, note.created_at, note.edited_at,
      note.deleted_at, project.name as project,
      array(select ${refSql} from note_runs link
        join runs run on run.project_id = link.project_id and run.id = link.run_id
        where link.project_id = note.project_id and link.note_id = note.id order by run.number) as runs
    from notes note join projects project on project.id = note.project_id where note.source = ${source}`.execute(
    trx,
  )
  return rows[0]
}

async function insert(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  message: NoteMessage,
): Promise<void> {
  const { id } = await trx
    .insertInto('notes')
    .values({
      project_id: message.projectId,
      author: message.author,
      author_account: message.account,
      text: ctx.mask(message.text),
      source: message.source,
      source_version: message.version,
      permalink: message.permalink ?? null,
      created_at: new Date(message.version),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await linkRuns(trx, message.projectId, id, message.runIds)
  const note = await noteOf(trx, message.source)
  if (note !== undefined) await writeAudit(trx, ctx, actor, 'note.add', note)
}

/** An older event still tells when the message was written, and so that the newer one was an edit. */
async function updateNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  before: StoredNote,
  message: NoteMessage,
): Promise<boolean> {
  const at = new Date(message.version)
  const newer = message.version > before.source_version
  if (!newer && at >= before.created_at) return false
  await trx
    .updateTable('notes')
    .set(
      newer
        ? { text: ctx.mask(message.text), source_version: message.version, edited_at: at }
        : { created_at: at, edited_at: before.edited_at ?? before.created_at },
    )
    .where('project_id', '=', before.project_id)
    .where('id', '=', before.id)
    .execute()
  if (newer) await writeAudit(trx, ctx, actor, 'note.edit', before)
  return newer
}

async function writeAudit(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  action: string,
  note: StoredNote,
): Promise<void> {
  await audit(trx, ctx, actor, action, subjectOf(note), {
    projectId: note.project_id,
    details: { note: note.id },
  })
}
