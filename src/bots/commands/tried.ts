import type { Ctx } from '../../context.ts'
import type { Project } from '../../domain/projects/resolve-project.ts'
import { quoteWord } from '../../domain/query/format.ts'
import { parseText } from './parse-line.ts'
import { shownNote } from '../../domain/notes/read-notes.ts'
import { tried as search, type Tried } from '../../domain/search/tried.ts'
import { invalid } from '../../errors.ts'
import { about, bold, context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { projectNamed } from './named-project.ts'
import { noteBlocks } from './note-lines.ts'
import { PROJECT } from './options.ts'
import { usageError } from './parts.ts'
import { runLine } from './runs.ts'

/** Of learnings, of notes and of runs each. */
const SHOWN = 5
const MAX_SHOWN = 20

export const tried: Command = {
  name: 'tried',
  summary: 'What is known of an idea: learnings, notes and runs that speak of it, failures too',
  usage: 'tried <words> [in <project>] [top 5]',
  example: 'tried label smoothing',
  changes: false,
  options: [
    { name: 'words', description: 'What you think of trying', kind: 'text', required: true, as: 'word' },
    PROJECT,
    { name: 'top', description: 'How many of each kind', kind: 'integer', as: { keyword: 'top' } },
  ],
  run: async (ctx, { asker, rest }) => {
    const { text: typed, quoted, project: said, withProject, top, runs } = parseText(rest)
    if (typed === '') throw usageError(tried)
    const project = await projectNamed(ctx, asker, said, quoted)
    const words = [said !== undefined && project === undefined ? withProject : typed, ...runs].join(' ')
    const limit = Math.min(top ?? SHOWN, MAX_SHOWN)
    const found = await search(ctx, { words, projectId: project?.id ?? asker.projectId, limit })
    if (found === undefined) {
      throw invalid('q', 'These words say nothing to look for: name the idea.', {
        token: words,
        suggestions: [],
      })
    }
    const { learnings, notes, runs: tries, loose } = found
    return {
      message: triedMessage(ctx, words, project, found),
      data: {
        q: words,
        project: project?.name ?? null,
        learnings: learnings.map(shownNote),
        notes: notes.map(shownNote),
        runs: tries,
        loose,
      },
    }
  },
}

function triedMessage(
  ctx: Pick<Ctx, 'clock'>,
  words: string,
  project: Project | undefined,
  { learnings, notes, runs, loose }: Tried,
): Message {
  const where = project === undefined ? '' : ` in ${project.name}`
  const now = ctx.clock.now()
  const title = `Tried ${cut(words, 80)}${where}`
  const count = learnings.length + notes.length + runs.length
  const blocks: Block[] = [header(cut(title, 140))]
  if (count === 0)
    blocks.push(paragraph('Nothing is known of it: no learning, no note and no run speaks of it.'))
  else if (loose) blocks.push(context('Nothing holds all of these words; this holds some.'))
  if (learnings.length > 0)
    blocks.push(paragraph(bold('Learnings')), ...learnings.flatMap((one) => noteBlocks(one, now)))
  if (notes.length > 0) blocks.push(paragraph(bold('Notes')), ...notes.flatMap((one) => noteBlocks(one, now)))
  if (runs.length > 0)
    blocks.push(paragraph(bold('Runs')), { type: 'runs', runs: runs.map((run) => runLine(run, now)) })
  blocks.push(
    context('Tried it yourself? ', text(`/exp learned ${quoteWord('what came of it')} churn#3`, 'code')),
  )
  const told = `${title}: ${counted(learnings.length, 'learning')}, ${counted(notes.length, 'note')}, ${counted(runs.length, 'run')}`
  return about(
    message(count === 0 ? 'empty' : 'tried', told, blocks),
    runs.slice(0, 1).map(({ id }) => id),
  )
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}
