import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type REST,
  type RESTPostAPIApplicationCommandsJSONBody,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import type { Logger } from '../../logger.ts'
import type { Command, CommandOption } from '../commands/command.ts'
import { COMMANDS } from '../commands/index.ts'

type Slash = RESTPostAPIChatInputApplicationCommandsJSONBody

/** The entry of a message's menu, under Apps: a note without typing, and without the message-content intent. */
export const ANNOTATE = 'Annotate'

/** What Discord is to know: what is typed, and what a message's menu offers. */
export function discordCommands(commands: Command[] = COMMANDS): RESTPostAPIApplicationCommandsJSONBody[] {
  return [...slashCommands(commands), { type: ApplicationCommandType.Message, name: ANNOTATE }]
}

/** `/exp` and `/exp-setup`, a subcommand per command, groups for two-word names. */
export function slashCommands(commands: Command[] = COMMANDS): Slash[] {
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
    .map(({ name, description, list }) => ({ name, description, options: subcommands(list) }) as Slash)
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

const COMPLETED = new Set<CommandOption['kind']>(['metric', 'project', 'run', 'owner', 'tag', 'filter'])

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
  const present = (await rest.get(Routes.applicationCommands(applicationId))) as unknown[]
  if (areRegistered(present)) return
  await rest.put(Routes.applicationCommands(applicationId), { body: discordCommands() })
  log.info('Discord: commands registered')
}

/** Whether what Discord has is what this release offers, in any order. */
export function areRegistered(present: unknown[]): boolean {
  const sorted = (commands: unknown[]) => JSON.stringify(commands.map(essence).toSorted(byText))
  return sorted(present) === sorted(discordCommands())
}

/** What of a command is ours to say, without Discord's ids, defaults and order of members. */
function essence(command: unknown): unknown {
  const { name, description, type, options, required, autocomplete, choices } = command as Record<
    string,
    unknown
  >
  return {
    name,
    // Entries of menus have none; Discord says it with an empty text.
    description: description ?? '',
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
