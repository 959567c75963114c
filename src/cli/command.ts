import type { Config } from '../config.ts'

/** What a command of the command line gets: the configuration is read only when it is needed. */
export interface CliContext {
  args: string[]
  config(): Config
  out(line: string): void
  error(line: string): void
}

/** The part of a command that is loaded only when the command is run. It answers the process's exit code. */
export interface CliCommand {
  run(context: CliContext): Promise<number>
}

/** A command as the list in index.ts holds it: the words of the help, and how to load the rest. */
export interface CliEntry {
  name: string
  usage: string
  summary: string
  load(): Promise<CliCommand>
}
