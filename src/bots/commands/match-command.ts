import type { Command } from './command.ts'

/** The command that a line begins with and the words after it; `lists` when it only lists what there is. */
export function matchCommand(
  line: string,
  commands: Command[],
): { command: Command; rest: string; lists: boolean } | undefined {
  const longestFirst = commands.toSorted((a, b) => b.name.length - a.name.length)
  for (const command of longestFirst) {
    if (command.listedBy !== undefined && after(line, command.listedBy) !== undefined)
      return { command, rest: '', lists: true }
    const otherwise = command.also === undefined ? undefined : after(line, command.also.word)
    if (otherwise !== undefined) return { command, rest: `${otherwise} ${command.also?.adds}`, lists: false }
    const rest = after(line, command.name)
    if (rest !== undefined)
      return { command, rest, lists: command.listedBy !== undefined && rest.trim() === '' }
  }
  return undefined
}

function after(line: string, name: string): string | undefined {
  const match = new RegExp(`^\\s*${name.replaceAll(' ', '\\s+')}(?=\\s|$)`, 'i').exec(line)
  return match === null ? undefined : line.slice(match[0].length)
}
