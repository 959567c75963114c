import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Platform } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'

/** A message that the bot posted, by the platform's ids. For a Discord thread, `channel` is the thread's parent. */
export interface SentMessage {
  platform: Platform
  workspace: string
  channel: string
  message: string
}

export interface RunsOfMessage {
  projectId: number
  /** The first run is the one that a reply or a reaction annotates. */
  runIds: string[]
  /** The message's permalink, when the platform gave one. */
  url: string | null
}

/**
 * The runs that a message of the bot is about; undefined for other messages and for those about no run. A reply that
 * the bot posted in a thread counts as the message above it.
 */
export async function runsOfMessage(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, channel, message }: SentMessage,
): Promise<RunsOfMessage | undefined> {
  const sent = await ctx.db
    .selectFrom('deliveries as own')
    .innerJoin('channels', 'channels.id', 'own.channel_id')
    .leftJoin('deliveries as parent', 'parent.id', 'own.parent_id')
    .select(['own.message', 'own.subject', 'own.url', 'parent.message as parent'])
    .where('channels.platform', '=', platform)
    .where('channels.workspace', '=', workspace)
    .where('channels.channel', '=', channel)
    .where('own.external_id', '=', message)
    .limit(1)
    .executeTakeFirst()
  if (sent === undefined) return undefined
  const { about } = (sent.parent ?? sent.message) as Message
  const ids = about ?? sent.subject.match(/(?<=^run:)[0-9a-f]{32}$/) ?? []
  const found = await existing(ctx, [...ids])
  const [first] = found
  if (first === undefined) return undefined
  const own = found.filter(({ project_id }) => project_id === first.project_id)
  return { projectId: first.project_id, runIds: own.map(({ id }) => id), url: sent.url }
}

/** The runs that still exist, in the order of `ids`. */
async function existing(ctx: Pick<Ctx, 'db'>, ids: string[]): Promise<{ id: string; project_id: number }[]> {
  if (ids.length === 0) return []
  const rows = await ctx.db
    .selectFrom('runs')
    .select(['id', 'project_id'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
}
