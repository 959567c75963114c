import { transaction } from '../../db/transaction.ts'
import { parseRuns } from './parse-line.ts'
import { QuerySyntaxError } from '../../domain/query/syntax-error.ts'
import { starRuns } from '../../domain/runs/write/star-runs.ts'
import { about, ask, buttons, context, message, paragraph, text } from '../../messages/build.ts'
import type { Command } from './command.ts'
import { namedRuns, runNames } from './named-runs.ts'
import { RUNS } from './options.ts'
import { actorOf, quoteRef } from './parts.ts'

export const star: Command = {
  name: 'star',
  also: { word: 'unstar', adds: 'off' },
  summary: 'Put a star on runs, so that is:starred finds them; off or unstar takes it away',
  usage: 'star <run> [<run> ...] [off]',
  example: 'star churn#142',
  changes: true,
  options: [
    { ...RUNS, required: true },
    { name: 'off', description: 'Take the star away', kind: 'choice', choices: ['off'], as: 'word' },
  ],
  run: async (ctx, { asker, rest }) => {
    const { runs, text: word, position } = parseRuns(rest)
    const off = word.toLowerCase() === 'off'
    if (word !== '' && !off)
      throw new QuerySyntaxError(word, position, 'runs, and off to take the stars away')
    const { keys, ids, refs } = await namedRuns(ctx, asker, runs, star)
    const changed = await transaction(ctx.db, (trx) => starRuns(trx, ctx, actorOf(asker), keys, !off))
    const have = refs.length === 1 ? 'has' : 'have'
    const state = off ? 'no star' : 'a star'
    const told = `${runNames(refs)} ${have} ${state} ${changed.length > 0 ? 'now' : 'already'}.`
    const line = `star ${refs.slice(0, 20).map(quoteRef).join(' ')}${off ? '' : ' off'}`
    const blocks = [
      paragraph(told),
      context('Starred runs: ', text('/exp runs is:starred', 'code')),
      ...(refs.length > 20 ? [] : [buttons(ask('back', off ? 'Star' : 'Remove star', line))]),
    ]
    return {
      message: about(message('star', told, blocks, 'good'), ids),
      data: { runs: refs, starred: !off, changed: changed.length },
    }
  },
}
