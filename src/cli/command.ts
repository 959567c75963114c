import type { Config } from '../config.ts'

/** What a command of the command line gets: the configuration is read only when it is needed. */
export interface CliContext {
  args: string[]
  config(): Config
  out(line: string): void
  error(line: string): void
}

/** A command is one file and one line in index.ts. It answers the process's exit code. */
export interface CliCommand {
  name: string
  usage: string
  summary: string
  run(context: CliContext): Promise<number>
}
