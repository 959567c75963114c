import { unwatchProject } from '../../domain/channels/watch-project.ts'
import { message, paragraph } from '../../messages/build.ts'
import type { Command } from './command.ts'
import { actorOf, channelKeyOf, readWords, wordAt } from './parts.ts'

export const unwatch: Command = {
  name: 'unwatch',
  summary: "Post nothing more of a project's events here",
  usage: 'unwatch <project>',
  example: 'unwatch churn',
  changes: true,
  options: [{ name: 'project', description: 'Which project', kind: 'project', required: true, as: 'word' }],
  run: async (ctx, input) => {
    const query = readWords(ctx, unwatch, input, { fewest: 0, most: 1 })
    const project = query.project ?? wordAt(query, 0)
    await unwatchProject(ctx, actorOf(input.asker), channelKeyOf(input.asker), project)
    const told = `This channel hears nothing more of ${project}.`
    return { message: message('unwatch', told, [paragraph(told)]), data: { project } }
  },
}
