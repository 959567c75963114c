import { best } from './best.ts'
import type { Command } from './command.ts'
import { compare } from './compare.ts'
import { goal } from './goal.ts'
import { help } from './help.ts'
import { leaderboard } from './leaderboard.ts'
import { projects } from './projects.ts'
import { reportPreview } from './report-preview.ts'
import { runs } from './runs.ts'
import { schedule } from './schedule.ts'
import { show } from './show.ts'
import { unschedule } from './unschedule.ts'
import { unwatch } from './unwatch.ts'
import { use } from './use.ts'
import { watch } from './watch.ts'

/** Every command. Slack, Discord, the console, help, the manifest and the docs follow from this list. */
export const COMMANDS: Command[] = [
  best,
  leaderboard,
  show,
  compare,
  runs,
  projects,
  watch,
  unwatch,
  schedule,
  unschedule,
  reportPreview,
  goal,
  use,
  help,
]

/** The command that a line begins with, two words before one; undefined when it begins with none. */
export function findCommand(line: string): Command | undefined {
  return matchCommand(line)?.command
}

/** The command that a line begins with and the words after it; `lists` when it only tells what there is. */
export function matchCommand(
  line: string,
  commands: Command[] = COMMANDS,
): { command: Command; rest: string; lists: boolean } | undefined {
  const longestFirst = commands.toSorted((a, b) => b.name.length - a.name.length)
  for (const command of longestFirst) {
    if (command.listedBy !== undefined && after(line, command.listedBy) !== undefined)
      return { command, rest: '', lists: true }
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
