import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { LabelWord } from './label-run.ts'

export type GivenWord = Omit<LabelWord, 'present' | 'version'>

/**
 * The labels that stand because of reactions on a message, on the runs that it was about when each was given.
 * @param message as it stands in front of a label's source: 'discord:99:1:7'
 */
export async function wordsOfMessage(ctx: Pick<Ctx, 'db'>, message: string): Promise<GivenWord[]> {
  const rows = await ctx.db
    .selectFrom('run_labels')
    .select(['project_id', 'run_id', 'label', 'account', 'name', 'source'])
    .where('present', '=', true)
    // A source is the message, a space and the reaction; '!' is the sign after the space.
    .where(
      sql<boolean>`source <> '' and source collate "C" > ${`${message} `} and source collate "C" < ${`${message}!`}`,
    )
    .orderBy('run_id')
    .execute()
  return rows.map(({ project_id, run_id, ...word }) => ({
    key: { projectId: project_id, runId: run_id },
    ...word,
  }))
}
