import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** A picture that was uploaded to a workspace: one file serves every message that shows the chart. */
export interface ChartFile {
  hash: string
  file: string
  /** Whether the platform has said that it can be shown. */
  usable: boolean
}

export async function chartFiles(
  ctx: Pick<Ctx, 'db'>,
  workspace: string,
  hashes: string[],
): Promise<ChartFile[]> {
  if (hashes.length === 0) return []
  return await ctx.db
    .selectFrom('chart_files')
    .select(['hash', 'file', 'usable'])
    .where('workspace', '=', workspace)
    .where('hash', 'in', hashes)
    .execute()
}

export async function keepChartFile(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  workspace: string,
  { hash, file, usable }: ChartFile,
): Promise<void> {
  await ctx.db
    .insertInto('chart_files')
    .values({ workspace, hash, file, usable, uploaded_at: ctx.clock.now() })
    .onConflict((conflict) =>
      conflict.columns(['workspace', 'hash']).doUpdateSet({
        file: sql`excluded.file`,
        usable: sql`excluded.usable`,
        uploaded_at: sql`excluded.uploaded_at`,
      }),
    )
    .execute()
}

/** A file that the platform does not know any more: somebody has deleted it. */
export async function forgetChartFiles(
  ctx: Pick<Ctx, 'db'>,
  workspace: string,
  files: string[],
): Promise<void> {
  if (files.length === 0) return
  await ctx.db
    .deleteFrom('chart_files')
    .where('workspace', '=', workspace)
    .where('file', 'in', files)
    .execute()
}
