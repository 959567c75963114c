import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { addNote } from '../../domain/notes/add-note.ts'
import { defaultProject, type Project } from '../../domain/projects/resolve-project.ts'
import { parseText } from './parse-line.ts'
import { findNamedRuns, oneProject } from '../../domain/runs/read/find-named-runs.ts'
import { invalid } from '../../errors.ts'
import { context, text } from '../../messages/build.ts'
import type { Asker, Command } from './command.ts'
import { projectNamed } from './named-project.ts'
import { noteReceipt } from './note-receipt.ts'
import { PROJECT } from './options.ts'
import { accountOf, actorOf, authorOf, scopeOf, usageError } from './parts.ts'

export const learned: Command = {
  name: 'learned',
  summary: 'Keep what was learned, so that people who try the same find it',
  usage: 'learned "<text>" [<run> ...] [in <project>]',
  example: 'learned "label smoothing hurts below 10k rows" churn#3 churn#9',
  changes: true,
  options: [
    { name: 'text', description: 'What was learned', kind: 'text', required: true, as: 'word' },
    { name: 'runs', description: 'Runs that show it: churn#3 churn#9', kind: 'text', as: 'raw' },
    PROJECT,
  ],
  run: async (ctx, { asker, rest }) => {
    const { text: typed, quoted, runs, project: said, withProject } = parseText(rest)
    if (typed === '') throw usageError(learned)
    const named = await projectNamed(ctx, asker, said, quoted)
    const learning = said !== undefined && named === undefined ? withProject : typed
    const refs = runs.map((ref) => (named !== undefined && ref.startsWith('#') ? `${named.name}${ref}` : ref))
    const keys = await findNamedRuns(ctx, refs, scopeOf(asker))
    const projectId = await projectIdOf(ctx, asker, keys.length === 0 ? undefined : oneProject(keys), named)
    const author = await authorOf(ctx, asker)
    const runIds = keys.map(({ runId }) => runId)
    const account = accountOf(asker)
    const kept = await transaction(ctx.db, (trx) =>
      addNote(trx, ctx, actorOf(asker), {
        projectId,
        runIds,
        kind: 'learning',
        text: learning,
        author,
        account,
      }),
    )
    const { message, data } = noteReceipt(kept, runIds, 'kept')
    const hint = context('Found again with ', text('/exp tried <words>', 'code'))
    return { message: { ...message, blocks: message.blocks.toSpliced(-1, 0, hint) }, data }
  },
}

async function projectIdOf(
  ctx: Ctx,
  asker: Asker,
  ofRuns: number | undefined,
  named: Project | undefined,
): Promise<number> {
  if (ofRuns !== undefined && named !== undefined && ofRuns !== named.id) {
    throw invalid('project', `These runs are not of ${named.name}.`, { value: named.name })
  }
  const id = ofRuns ?? named?.id ?? (await defaultProject(ctx, scopeOf(asker)))?.id
  if (id !== undefined) return id
  throw invalid('project', 'Which project was it learned in? Name runs, or end with in <project>.', {
    allowed: learned.usage,
    suggestions: [],
  })
}
