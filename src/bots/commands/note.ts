import { transaction } from '../../db/transaction.ts'
import { addNote } from '../../domain/notes/add-note.ts'
import { parseRuns } from './parse-line.ts'
import { oneProject } from '../../domain/runs/read/find-named-runs.ts'
import { about, buttons, context, message, paragraph, text } from '../../messages/build.ts'
import type { Answer, Command } from './command.ts'
import { namedRuns, runNames } from './named-runs.ts'
import { noteReceipt } from './note-receipt.ts'
import { RUNS } from './options.ts'
import { accountOf, actorOf, authorOf, quoteRef } from './parts.ts'

export const note: Command = {
  name: 'note',
  summary: 'Keep what there is to know about runs; without a text it opens a form',
  usage: 'note <run> [<run> ...] [text]',
  example: 'note churn#12..20 before the tokenizer fix',
  changes: true,
  options: [
    { ...RUNS, required: true },
    { name: 'text', description: 'What there is to know', kind: 'text', as: 'word' },
  ],
  run: async (ctx, { asker, rest }) => {
    const { runs, text: typed } = parseRuns(rest)
    if (runs.length === 0 && typed === '') return formOffer([], [])
    const { keys, ids, refs } = await namedRuns(ctx, asker, runs, note)
    if (typed === '') return formOffer(refs, ids)
    const projectId = oneProject(keys)
    const author = await authorOf(ctx, asker)
    const kept = await transaction(ctx.db, (trx) =>
      addNote(trx, ctx, actorOf(asker), {
        projectId,
        runIds: ids,
        text: typed,
        author,
        account: accountOf(asker),
      }),
    )
    return noteReceipt(kept, ids, 'kept')
  },
}

/** A command without a text may still lead to one: a click opens the form. */
function formOffer(refs: string[], ids: string[]): Answer {
  const where = refs.length === 0 ? '' : ` on ${runNames(refs)}`
  const form = refs.length === 0 ? {} : { run: refs.map(quoteRef).join(' ') }
  const told = message('form', `Write a note${where}`, [
    paragraph(`A note${where}: one click opens the form.`),
    buttons({ id: 'write', label: 'Write a note', style: 'primary', action: { do: 'form', form } }),
    context('Or in one line: ', text(`/exp ${note.example}`, 'code')),
  ])
  return { message: about(told, ids), data: { form: { runs: refs } } }
}
