import { admins } from './admins.ts'
import { best } from './best.ts'
import type { Command } from './command.ts'
import { compare } from './compare.ts'
import { goal } from './goal.ts'
import { helpCommand } from './help.ts'
import { iam } from './iam.ts'
import { invalidate } from './invalidate.ts'
import { leaderboard } from './leaderboard.ts'
import { learned } from './learned.ts'
import { matchCommand } from './match-command.ts'
import { note } from './note.ts'
import { plot } from './plot.ts'
import { projects } from './projects.ts'
import { reportPreview } from './report-preview.ts'
import { running } from './running.ts'
import { runs } from './runs.ts'
import { schedule } from './schedule.ts'
import { show } from './show.ts'
import { star } from './star.ts'
import { status } from './status.ts'
import { tag } from './tag.ts'
import { tried } from './tried.ts'
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
  plot,
  runs,
  running,
  projects,
  note,
  tag,
  star,
  learned,
  tried,
  invalidate,
  watch,
  unwatch,
  schedule,
  unschedule,
  reportPreview,
  goal,
  use,
  iam,
  admins,
  status,
  helpCommand(() => COMMANDS),
]

/** The command that a line begins with, two words before one; undefined when it begins with none. */
export function findCommand(line: string): Command | undefined {
  return matchCommand(line, COMMANDS)?.command
}
