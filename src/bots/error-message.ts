import { nearest } from '../domain/text/suggest.ts'
import { quoteWord } from '../domain/query/format.ts'
import type { AppError } from '../errors.ts'
import { ask, bold, buttons, context, cut, header, message, paragraph, text } from '../messages/build.ts'
import type { Action, Block, Button, Message } from '../messages/model.ts'
import { errorWords } from './error-words.ts'
import { COMMANDS } from './commands/index.ts'
import type { Command } from './commands/command.ts'

const SUGGESTED = 3

/** What was wrong with a line, and buttons that put it right where that is possible. */
export function errorMessage(error: AppError, command: Command | undefined, line: string): Message {
  const { choices, unknownCommand } = error.details
  if (choices !== undefined && command !== undefined) return directionQuestion(error, line)
  if (unknownCommand === true || command === undefined) return unknownWord(error, line)
  const words = errorWords(error)
  const blocks: Block[] = [paragraph(cut(words, 600))]
  const tries = corrections(error, command, line)
  if (tries.length > 0) blocks.push(buttons(...tries))
  blocks.push(context('For example ', text(`/exp ${command.example}`, 'code')))
  return message('error', words, blocks, 'warning')
}

/** Asks which way a metric is better; one click stores it and answers what was asked. */
function directionQuestion(error: AppError, line: string): Message {
  const project = String(error.details['project'] ?? '')
  const metric = String(error.details['metric'] ?? '')
  const button = (direction: 'max' | 'min', label: string): Button => ({
    id: direction,
    label,
    action: { do: 'goal', project, metric, direction, then: line },
  })
  return message('question', error.message, [
    header(`Which way is ${cut(metric, 80)} better?`),
    paragraph(
      'No direction is set yet, and nothing is ranked by guessing. One click sets it for ',
      bold(cut(project, 80)),
      ' and answers.',
    ),
    buttons(button('max', 'Higher is better'), button('min', 'Lower is better')),
  ])
}

function unknownWord(error: AppError, line: string): Message {
  const [word = ''] = line.split(/\s+/)
  const rest = line.slice(word.length).trim()
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  )
  const tries = near.map((name, index) =>
    ask(`try-${index}`, `/exp ${cut(`${name} ${rest}`.trim(), 60)}`, `${name} ${rest}`.trim()),
  )
  const help = ask('help', 'What can I ask?', 'help', 'primary')
  const meant = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
  return message(
    'error',
    `${error.message}${meant}`,
    [paragraph(`${cut(error.message, 200)}${meant}`), buttons(...tries, help)],
    'warning',
  )
}

/** The same line with the wrong word replaced by each near name. */
function corrections({ details }: AppError, command: Command, line: string): Button[] {
  const { token = '', suggestions = [] } = details
  const wrong = String(details.value ?? token)
  const place = findWord(line, wrong, command) ?? findWord(line, wrong.slice(wrong.lastIndexOf('#')), command)
  if (place === undefined) return []
  const [from, to] = place
  return suggestions.slice(0, SUGGESTED).map((name, index) => {
    const corrected = `${line.slice(0, from)}${quoteWord(name)}${line.slice(to)}`
    return ask(`try-${index}`, cut(name, 60), corrected, index === 0 ? 'primary' : undefined)
  })
}

/** Where a word stands after the command's own words, its quotes included; never inside another word. */
function findWord(line: string, word: string, command: Command): [from: number, to: number] | undefined {
  if (word === '') return undefined
  const bare = RegExp.escape(word)
  const pattern = new RegExp(`"${bare}"|'${bare}'|(?<![\\w.#-])${bare}(?![\\w.#-])`, 'g')
  pattern.lastIndex = line.toLowerCase().startsWith(command.name) ? command.name.length : 0
  const match = pattern.exec(line)
  return match === null ? undefined : [match.index, match.index + match[0].length]
}

const SHARE: Button = { id: 'share', label: 'Share', action: { do: 'share' } }

/** Answers are seen by the asker alone; this button posts one to the channel. Receipts and empty answers have none. */
export function withShare(answer: Message, { changes, name }: Command): Message {
  if (changes || name === 'help' || answer.kind === 'empty') return answer
  const at = answer.blocks.findLastIndex((block) => block.type === 'buttons')
  const last = answer.blocks[at]
  if (last?.type !== 'buttons') return { ...answer, blocks: [...answer.blocks, buttons(SHARE)] }
  return { ...answer, blocks: answer.blocks.with(at, { ...last, buttons: [...last.buttons, SHARE] }) }
}

function isForAll(action: Action): boolean {
  return (
    action.do === 'ask' || action.do === 'open' || (action.do === 'form' && action.form.note === undefined)
  )
}

/** The answer as the channel sees it: what was seen, who shared it, and the buttons that serve anybody. */
export function asShared(answer: Message, by: string): Message {
  const blocks = answer.blocks.flatMap((block): Block[] => {
    if (block.type !== 'buttons') return [block]
    const kept = block.buttons.filter(({ action }) => isForAll(action))
    return kept.length === 0 ? [] : [buttons(...kept)]
  })
  return { ...answer, blocks: [...blocks, context(`Shared by ${cut(by, 60)}`)] }
}
