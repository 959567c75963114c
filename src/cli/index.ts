import { ConfigError, readConfig } from '../config.ts'
import { nearest } from '../domain/text/suggest.ts'
import { messageOf } from '../errors.ts'
import { admin } from './admin.ts'
import { ask } from './ask.ts'
import type { CliCommand, CliContext } from './command.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { manifest } from './manifest.ts'
import { migrate } from './migrate.ts'
import { serve } from './serve.ts'
import { token } from './token.ts'

/** Every command of `npm run expediter -- <command>`. */
export const CLI_COMMANDS: CliCommand[] = [serve, ask, token, admin, doctor, migrate, manifest, demo]

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 not understood */
export async function runCli(argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [name = 'help', ...args] = argv
  const context: CliContext = {
    args,
    config: () => readConfig(env, process.cwd()),
    out: (line) => void process.stdout.write(`${line}\n`),
    error: (line) => void process.stderr.write(`${line}\n`),
  }
  if (name === 'help' || name === '--help' || name === '-h') return printHelp(context)
  const command = CLI_COMMANDS.find((one) => one.name === name)
  if (command === undefined) return unknown(context, name)
  try {
    return await command.run(context)
  } catch (error) {
    context.error(error instanceof ConfigError ? `Configuration: ${error.message}` : messageOf(error))
    return 1
  }
}

function printHelp({ out }: CliContext): number {
  const width = Math.max(...CLI_COMMANDS.map(({ usage }) => usage.length))
  out('Expediter, the experiment tracker a team talks to.\n')
  out('npm run expediter -- <command>\n')
  for (const { usage, summary } of CLI_COMMANDS) out(`  ${usage.padEnd(width)}  ${summary}`)
  return 0
}

function unknown({ error }: CliContext, name: string): number {
  const [near] = nearest(
    name,
    CLI_COMMANDS.map((command) => command.name),
  )
  error(
    `There is no command '${name}'.${near === undefined ? '' : ` Did you mean ${near}?`} npm run expediter -- help lists them.`,
  )
  return 2
}
