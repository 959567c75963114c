import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { LabelVote } from './label-run.ts'

export type PresentVote = Omit<LabelVote, 'present' | 'version'>

/**
 * The labels that reactions on a message give now, with the runs that the message was about when each was given.
 * @param message the start of a label's source: 'discord:99:1:7'
 */
export async function votesOfMessage(ctx: Pick<Ctx, 'db'>, message: string): Promise<PresentVote[]> {
  const rows = await ctx.db
    .selectFrom('run_labels')
    .select(['project_id', 'run_id', 'label', 'account', 'name', 'source'])
    .where('present', '=', true)
    // A source is the message, a space and the reaction; '!' is the character after the space.
    .where(
      sql<boolean>`source <> '' and source collate "C" > ${`${message} `} and source collate "C" < ${`${message}!`}`,
    )
    .orderBy('run_id')
    .execute()
  return rows.map(({ project_id, run_id, ...vote }) => ({
    key: { projectId: project_id, runId: run_id },
    ...vote,
  }))
}
