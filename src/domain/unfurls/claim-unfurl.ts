import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunKey } from '../../db/tables.ts'

/** How long one preview of a run is enough for a place. */
export const UNFURL_QUIET_MS = 30 * 60_000

/** The message that an address stands in. */
export interface LinkMessage {
  platform: string
  workspace: string
  /** A channel, or what stands for the place where somebody is still writing. */
  place: string
  message: string
}

/**
 * Claims the preview of a run in a channel, unless one was shown there within the last half hour. One statement, so that
 * several processes agree. The same message gets it again, so that an event that comes twice changes nothing.
 */
export async function claimUnfurl(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { projectId, runId }: RunKey,
  { platform, workspace, place, message }: LinkMessage,
): Promise<boolean> {
  const now = ctx.clock.now()
  const quietSince = new Date(now.getTime() - UNFURL_QUIET_MS)
  const { rows } = await sql<{ message: string }>`
    insert into unfurls as last (project_id, run_id, platform, workspace, place, message, at)
    values (${projectId}, ${runId}::uuid, ${platform}, ${workspace}, ${place}, ${message}, ${now})
    on conflict (project_id, run_id, platform, workspace, place) do update
      set message = excluded.message,
        at = case when last.message = excluded.message then last.at else excluded.at end
      where last.at <= ${quietSince} or last.message = excluded.message
    returning message`.execute(ctx.db)
  return rows.length > 0
}
