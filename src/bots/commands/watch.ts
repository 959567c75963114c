import type { Ctx } from '../../context.ts'
import {
  defaultWords,
  eventWords,
  parseEvents,
  watchable,
  watchedByDefault,
} from '../../domain/alerts/words.ts'
import { listWatches, type Watch, watchProject } from '../../domain/channels/watch-project.ts'
import { quoteWord } from '../../domain/query/format.ts'
import type { Word } from '../../domain/query/parse.ts'
import { AppError } from '../../errors.ts'
import { ask, bold, buttons, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import { defaultProject, findProject } from '../../domain/projects/resolve-project.ts'
import type { Asker, Command } from './command.ts'
import { actorOf, channelKeyOf, readWords, scopeOf, usageError } from './parts.ts'

const EVENTS = watchable().join(',')
const DEFAULT_EVENTS = watchedByDefault().join(',')

export const watch: Command = {
  name: 'watch',
  listedBy: 'watching',
  summary: `Post ${defaultWords()} of a project here; alone: what this channel watches`,
  usage: `watch [<project> [${EVENTS}]]`,
  example: `watch churn ${DEFAULT_EVENTS}`,
  changes: true,
  options: [
    { name: 'project', description: 'Which project; none: list', kind: 'project', as: 'word' },
    {
      name: 'events',
      description: `${EVENTS} (${DEFAULT_EVENTS} unless said)`,
      kind: 'text',
      as: 'word',
    },
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, watch, input, { fewest: 0, most: 4 })
    const address = channelKeyOf(input.asker)
    if (query.words.length === 0 && query.project === undefined) {
      const watches = await listWatches(ctx, address)
      return { message: listMessage(watches), data: { watches } }
    }
    const words = query.words.map((word) => word.text)
    const project =
      query.project ?? (onlyEvents(query.words) ? await usual(ctx, input.asker) : words.shift()) ?? ''
    const events = parseEvents(words.join(','))
    await requireMembership(input.asker)
    if (input.asker.projectId !== undefined)
      await findProject(ctx, project, { projectId: input.asker.projectId })
    const { known, suggestions } = await watchProject(ctx, actorOf(input.asker), address, {
      project,
      events,
      by: input.asker.userId,
    })
    return {
      message: addedMessage(project, events, known, suggestions),
      data: { project, events, known, suggestions },
    }
  },
}

/** `watch best,failed`: events of the project that this channel is about. In quotes it is a project's name. */
function onlyEvents(words: Word[]): boolean {
  const [word] = words
  if (word === undefined || word.quoted || words.length > 1) return false
  return word.text.split(',').every((part) => watchable().includes(part.toLowerCase()))
}

async function usual(ctx: Ctx, asker: Asker): Promise<string> {
  const project = await defaultProject(ctx, scopeOf(asker))
  if (project === undefined) throw usageError(watch)
  return project.name
}

/** A bot must be a member to post. @throws AppError forbidden that says how to invite it */
export async function requireMembership(asker: Asker): Promise<void> {
  const membership = await asker.membership()
  if (!membership.canPost)
    throw new AppError('forbidden', `${membership.reason} ${membership.fix}`, { suggestions: [] })
}

function listMessage(watches: Watch[]): Message {
  if (watches.length === 0) {
    const line = 'This channel watches nothing yet.'
    return message('watching', line, [paragraph(line, ' Try ', text('/exp watch <project>', 'code'), '.')])
  }
  const title =
    watches.length === 1
      ? 'This channel watches 1 project'
      : `This channel watches ${watches.length} projects`
  const lines = watches.map(({ project, events }) =>
    paragraph(bold(cut(project, 80)), `: ${eventWords(events)}`),
  )
  return message('watching', title, [header(title), ...lines.slice(0, 20)])
}

function addedMessage(project: string, events: string[], known: boolean, suggestions: string[]): Message {
  const line = `This channel hears of ${eventWords(events)} in ${project}.`
  const blocks: Block[] = [paragraph(line)]
  if (!known) {
    const meant = suggestions.length === 0 ? '' : ` Did you mean ${suggestions.join(' or ')}?`
    blocks.push(paragraph(`${project} has no runs yet; it counts from its first one.${meant}`))
    const tries = suggestions
      .slice(0, 2)
      .map((name, index) =>
        ask(`watch-${index}`, `Watch ${cut(name, 40)}`, `watch ${quoteWord(name)} ${events.join(',')}`),
      )
    if (tries.length > 0) blocks.push(buttons(...tries))
  }
  return message('watch', line, blocks, known ? 'good' : 'warning')
}
