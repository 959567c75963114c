import { useProject } from '../../domain/channels/use-project.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { message, paragraph, text } from '../../messages/build.ts'
import type { Command } from './command.ts'
import { actorOf, channelKeyOf, readWords, scopeOf, wordAt } from './parts.ts'

export const use: Command = {
  name: 'use',
  summary: 'Choose the project that questions in this channel are about',
  usage: 'use <project>|none',
  example: 'use churn',
  setup: true,
  changes: true,
  options: [{ name: 'project', description: 'Which project', kind: 'project', required: true, as: 'word' }],
  run: async (ctx, input) => {
    const query = readWords(ctx, use, input, { fewest: 1, most: 1 })
    const word = wordAt(query, 0)
    const { projectId } = input.asker
    const none = word.toLowerCase() === 'none' && query.words[0]?.quoted !== true
    const project = none
      ? null
      : (await findProject(ctx, word, projectId === undefined ? {} : { projectId })).name
    await useProject(ctx, actorOf(input.asker), channelKeyOf(input.asker), project)
    const told =
      project === null
        ? 'Questions here name their project again.'
        : `Questions in this channel are about ${project} now, unless they say in <project>.`
    return {
      message: message(
        'use',
        told,
        [
          paragraph(told, ' '),
          ...(project === null ? [] : [paragraph('Undo: ', text('/exp use none', 'code'))]),
        ],
        'good',
      ),
      data: { project, scope: scopeOf(input.asker).channel },
    }
  },
}
