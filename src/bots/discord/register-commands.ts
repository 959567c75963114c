import {
  ApplicationCommandOptionType,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import type { Logger } from '../../logger.ts'
import type { Command, CommandOption } from '../commands/command.ts'
import { COMMANDS } from '../commands/index.ts'

type Body = RESTPostAPIChatInputApplicationCommandsJSONBody

/** The command list in Discord's form: `/exp` and `/exp-setup`, a subcommand each, groups for two-word names. */
export function discordCommands(commands: Command[] = COMMANDS): Body[] {
  const trees = [
    {
      name: 'exp',
      description: 'Ask for runs, boards and reports',
      list: commands.filter(({ setup }) => !setup),
    },
    {
      name: 'exp-setup',
      description: 'Set up how projects are tracked',
      list: commands.filter(({ setup }) => setup),
    },
  ]
  return trees
    .filter(({ list }) => list.length > 0)
    .map(({ name, description, list }) => ({ name, description, options: subcommands(list) }) as Body)
}

function subcommands(list: Command[]): unknown[] {
  const single = list
    .filter(({ name }) => !name.includes(' '))
    .map((command) => subcommand(command.name, command))
  const groups = Map.groupBy(
    list.filter(({ name }) => name.includes(' ')),
    ({ name }) => name.split(' ')[0] ?? '',
  )
  const grouped = [...groups].map(([group, members]) => ({
    type: ApplicationCommandOptionType.SubcommandGroup,
    name: group,
    description: `${group}: ${members.map(({ name }) => name.split(' ')[1]).join(', ')}`.slice(0, 100),
    options: members.map((command) => subcommand(command.name.split(' ')[1] ?? '', command)),
  }))
  return [...single, ...grouped]
}

function subcommand(name: string, command: Command) {
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name,
    description: command.summary,
    options: command.options.map(option),
  }
}

const COMPLETED = new Set<CommandOption['kind']>(['metric', 'project', 'run', 'owner'])

function option({ name, description, kind, required, choices }: CommandOption) {
  return {
    type: kind === 'integer' ? ApplicationCommandOptionType.Integer : ApplicationCommandOptionType.String,
    name,
    description,
    required: required ?? false,
    ...(COMPLETED.has(kind) ? { autocomplete: true } : {}),
    ...(choices === undefined ? {} : { choices: choices.map((choice) => ({ name: choice, value: choice })) }),
  }
}

/** Writes the commands when they differ from what Discord has: writing is limited, reading is not. */
export async function registerCommands(rest: REST, applicationId: string, log: Logger): Promise<void> {
  const wanted = discordCommands()
  const present = (await rest.get(Routes.applicationCommands(applicationId))) as unknown[]
  if (
    JSON.stringify(present.map(essence).toSorted(byText)) ===
    JSON.stringify(wanted.map(essence).toSorted(byText))
  )
    return
  await rest.put(Routes.applicationCommands(applicationId), { body: wanted })
  log.info('Discord: commands registered')
}

/** What of a command is ours to say, without Discord's ids, defaults and order of members. */
function essence(command: unknown): unknown {
  const { name, description, type, options, required, autocomplete, choices } = command as Record<
    string,
    unknown
  >
  return {
    name,
    description,
    type: type === undefined ? 1 : type,
    required: required === true,
    autocomplete: autocomplete === true,
    choices: Array.isArray(choices) ? choices.map(({ name, value }) => [name, value]) : [],
    options: Array.isArray(options) ? options.map(essence) : [],
  }
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}
