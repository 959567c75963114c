import { ConfigError, readConfig } from '../config.ts'
import { nearest } from '../domain/text/suggest.ts'
import { messageOf } from '../errors.ts'
import type { CliContext, CliEntry } from './command.ts'

/**
 * Every command of `npm run expediter -- <command>`. A command is one file and one entry here; its file is loaded only
 * when the command is run, so that `help`, `ask` and `token` do not load the server, the canvas and the SDKs.
 */
export const CLI_COMMANDS: CliEntry[] = [
  {
    name: 'serve',
    usage: 'serve [--role all|api,worker,bots]',
    summary: 'start the tracker',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'ask',
    usage: 'ask "best accuracy in churn"',
    summary: 'ask the running server what people ask in chat',
    load: async () => (await import('./ask.ts')).ask,
  },
  {
    name: 'token',
    usage: 'token create|list|revoke',
    summary: 'make, list and revoke tokens, beside a running server too',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'admin',
    usage: 'admin list|add|remove',
    summary: 'name who may set goals and invalidate runs in chat; with no admin named, everybody may',
    load: async () => (await import('./admin.ts')).admin,
  },
  {
    name: 'doctor',
    usage: 'doctor',
    summary: 'check database, queue and chat tokens, each with the next step',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'migrate',
    usage: 'migrate',
    summary: 'bring the database to the newest schema (serve does it too)',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  {
    name: 'manifest',
    usage: 'manifest slack [--http] [--link]',
    summary:
      "print the Slack app's manifest, made from the command list; or the link that begins an app with it",
    load: async () => (await import('./manifest.ts')).manifest,
  },
  {
    name: 'demo',
    usage: 'demo [--runs 12] [--exit]',
    summary: 'train real models on handwritten digits and show what a team would see',
    load: async () => (await import('./demo.ts')).demo,
  },
]

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
    return await (await command.load()).run(context)
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
