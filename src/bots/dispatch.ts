import type { Ctx } from '../context.ts'
import { keepAnswer } from '../domain/answers/keep-answer.ts'
import { nearest } from '../domain/text/suggest.ts'
import { AppError } from '../errors.ts'
import type { Answer, Asker, Command } from './commands/command.ts'
import { COMMANDS } from './commands/index.ts'
import { matchCommand } from './commands/match-command.ts'
import { errorMessage, withShare } from './error-message.ts'

/** What a line led to. */
export interface GivenAnswer extends Answer {
  command: string
}

export interface Reply extends GivenAnswer {
  /** Under which the answer is kept for a day: its buttons lead back to it. */
  answerId: string
}

/** What a line asks for: the command, and the words after it. Nothing and unknown words lead to help. */
export function readLine(line: string) {
  const typed = line.trim().replace(/^\/exp(?:-setup)?(?=\s|$)\s*/i, '')
  const matched = matchCommand(typed === '' ? 'help' : typed, COMMANDS)
  const { command, rest = typed, lists = false } = matched ?? {}
  return { command, rest, lists, typed }
}

/** Which command a line begins with and whether this line changes something; undefined for an unknown word. */
export function commandOf(line: string): Pick<Command, 'name' | 'changes' | 'accounts'> | undefined {
  const { command, lists } = readLine(line)
  return command === undefined ? undefined : { ...command, changes: command.changes && !lists }
}

/**
 * Runs a line for a script, which presses no button: nothing is kept, so that a question writes nothing.
 * @throws AppError with everything that is needed to put a mistake right
 */
export async function ask(ctx: Ctx, asker: Asker, line: string): Promise<GivenAnswer> {
  const { command, rest, typed, lists } = readLine(line)
  if (command === undefined) throw unknownCommand(typed)
  if (command.changes && !lists) requireChange(asker)
  const answer = await command.run(ctx, { asker, rest }).catch((error: unknown) => {
    throw placed(error, line.trimEnd().length - rest.trimEnd().length)
  })
  return { ...answer, command: command.name, message: withShare(answer.message, command) }
}

/** @throws AppError forbidden for a token that may only read */
export function requireChange(asker: Pick<Asker, 'readOnly'>): void {
  if (asker.readOnly !== true) return
  throw new AppError('forbidden', 'This token may only read; changing something takes the scope ingest.', {
    allowed: 'ingest',
  })
}

/** Runs a line for a person: what is wrong with it is an answer too, with buttons that put it right. */
export async function dispatch(ctx: Ctx, asker: Asker, line: string): Promise<Reply> {
  const told = await ask(ctx, asker, line).catch((error: unknown) => {
    if (error instanceof AppError) return mistake(error, line)
    throw error
  })
  return await keep(ctx, asker, line, told.command, told)
}

function mistake(error: AppError, line: string): GivenAnswer {
  const { command, typed } = readLine(line)
  return {
    command: command?.name ?? 'help',
    message: errorMessage(error, command, typed),
    data: { error: error.message, ...error.details },
  }
}

/** A place in a command's words becomes a place in the whole line. */
function placed(error: unknown, offset: number): unknown {
  if (error instanceof AppError && error.details.position !== undefined) error.details.position += offset
  return error
}

/** Keeps an answer for a day, so that its buttons work. */
export async function keep(
  ctx: Ctx,
  asker: Asker,
  line: string,
  command: string,
  { message, data }: Answer,
): Promise<Reply> {
  const { platform, workspace, channel, userId } = asker
  const answerId = await keepAnswer(ctx, {
    line: ctx.mask(line),
    message,
    platform,
    workspace,
    channel,
    userId,
  })
  return { command, answerId, message, data }
}

function unknownCommand(typed: string): AppError {
  const [word = ''] = typed.split(/\s+/)
  return new AppError('not_found', `There is no command called '${word}'.`, {
    field: 'q',
    token: word,
    position: 0,
    suggestions: nearest(
      word,
      COMMANDS.map(({ name }) => name),
    ),
    unknownCommand: true,
  })
}
