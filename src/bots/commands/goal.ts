import { transaction } from '../../db/transaction.ts'
import { requireAdmin } from '../../domain/people/admins.ts'
import { defineMetric } from '../../domain/records/define-metric.ts'
import { defaultProject, findProject, projectsWithMetric } from '../../domain/projects/resolve-project.ts'
import { AppError } from '../../errors.ts'
import { ask, buttons, context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import { quoteWord } from '../../domain/query/format.ts'
import { QuerySyntaxError } from '../../domain/query/syntax-error.ts'
import type { Command } from './command.ts'
import { METRIC, PROJECT } from './options.ts'
import { actorOf, claimantOf, readWords, scopeOf, wordAt } from './parts.ts'
import { betterWords } from '../../domain/values/better.ts'

/** What it is to set a goal, as the end of 'Only admins may ...'. */
export const SET_GOAL = 'say which way a metric is better'

const DIRECTIONS: Record<string, 'max' | 'min'> = {
  max: 'max',
  higher: 'max',
  up: 'max',
  min: 'min',
  lower: 'min',
  down: 'min',
}

export const goal: Command = {
  name: 'goal',
  summary: 'Say which way a metric is better, and make it what the project is about',
  usage: 'goal <metric> max|min [in <project>]',
  example: 'goal accuracy max in churn',
  setup: true,
  changes: true,
  options: [
    METRIC,
    {
      name: 'direction',
      description: 'Is higher or lower better?',
      kind: 'choice',
      required: true,
      choices: ['max', 'min'],
      as: 'word',
    },
    PROJECT,
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, goal, input, { fewest: 2, most: 2 })
    const name = wordAt(query, 0)
    const direction = DIRECTIONS[wordAt(query, 1).toLowerCase()]
    if (direction === undefined) {
      throw new QuerySyntaxError(
        wordAt(query, 1),
        query.words[1]?.position ?? 0,
        'max (higher is better) or min (lower is better)',
      )
    }
    const scope = scopeOf(input.asker)
    const said =
      query.project === undefined
        ? await defaultProject(ctx, scope)
        : await findProject(ctx, query.project, scope)
    const having = said === undefined ? await projectsWithMetric(ctx, name, scope) : [said]
    const [project] = having
    if (project === undefined || having.length > 1) {
      throw new AppError('invalid', `Say in which project: goal ${name} ${direction} in <project>.`, {
        field: 'project',
        suggestions: having.slice(0, 3).map((one) => one.name),
      })
    }
    await requireAdmin(ctx, claimantOf(input.asker), SET_GOAL)
    const stored = await transaction(ctx.db, (trx) =>
      defineMetric(trx, ctx, actorOf(input.asker), {
        project: project.name,
        metric: name,
        direction,
        primary: true,
      }),
    )
    const words = betterWords(direction)
    const title = `${name} in ${project.name}: ${words}`
    const blocks = [
      header(cut(title, 140)),
      paragraph('Boards rank by it, and new bests of it are announced where the project is watched.'),
      context(
        'Changed your mind? ',
        text(
          `/exp goal ${quoteWord(name)} ${direction === 'max' ? 'min' : 'max'} in ${quoteWord(project.name)}`,
          'code',
        ),
      ),
      buttons(
        ask('best', 'Show the best', `best ${quoteWord(name)} in ${quoteWord(project.name)}`, 'primary'),
      ),
    ]
    return { message: message('goal', title, blocks, 'good'), data: stored }
  },
}
