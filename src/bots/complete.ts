import type { Ctx } from '../context.ts'
import { ownerNames } from '../domain/people/owner-names.ts'
import {
  metricsByTyping,
  projectsByTyping,
  type TagName,
  tagsByTyping,
} from '../domain/query/names-by-typing.ts'
import { defaultProject, projectIdByName } from '../domain/projects/resolve-project.ts'
import { type RunHint, runsByTyping } from '../domain/runs/read/runs-by-typing.ts'
import type { Asker, CommandOption } from './commands/command.ts'
import { completeFilter } from './complete-filter.ts'
import { findCommand } from './commands/index.ts'
import { scopeOf } from './commands/parts.ts'

export interface Completion {
  label: string
  value: string
}

const MAX_CHOICES = 25

/** What may follow while somebody types an option: names that begin with it, then names that hold it. */
export async function complete(
  ctx: Ctx,
  asker: Asker,
  input: { command: string; option: string; typed: string; others: Record<string, string> },
): Promise<Completion[]> {
  const option = findCommand(input.command)?.options.find(({ name }) => name === input.option)
  if (option === undefined) return []
  const projectId = await projectIdOf(ctx, asker, input.others['project'])
  return await completeKind(ctx, asker, option.kind, input.typed, projectId)
}

async function completeKind(
  ctx: Ctx,
  asker: Asker,
  kind: CommandOption['kind'],
  typed: string,
  projectId: number | undefined,
): Promise<Completion[]> {
  switch (kind) {
    case 'metric':
      return plain(await metricsByTyping(ctx, typed, projectId, MAX_CHOICES))
    case 'project':
      return plain(await projectsByTyping(ctx, typed, asker.projectId, MAX_CHOICES))
    case 'run':
      return (await runsByTyping(ctx, typed, projectId, MAX_CHOICES)).map(shownRun)
    case 'owner':
      return plain(matching(await ownerNames(ctx, projectId), typed))
    case 'tag':
      return plain((await tagsByTyping(ctx, typed, projectId, MAX_CHOICES)).map(tagWord))
    case 'filter':
      return plain(await completeFilter(ctx, typed, projectId, MAX_CHOICES))
    case 'text':
    case 'integer':
    case 'choice':
      return []
    default:
      return kind satisfies never
  }
}

async function projectIdOf(ctx: Ctx, asker: Asker, said: string | undefined): Promise<number | undefined> {
  if (said === undefined || said === '') return (await defaultProject(ctx, scopeOf(asker)))?.id
  return asker.projectId ?? (await projectIdByName(ctx, said))
}

function matching(names: string[], typed: string): string[] {
  const wanted = typed.toLowerCase()
  const begins = names.filter((name) => name.toLowerCase().startsWith(wanted))
  const holds = names.filter((name) => !begins.includes(name) && name.toLowerCase().includes(wanted))
  return [...begins, ...holds].slice(0, MAX_CHOICES)
}

function plain(names: string[]): Completion[] {
  return names.map((name) => ({ label: name, value: name }))
}

/** As the command `tag` takes it. */
function tagWord({ key, value }: TagName): string {
  return value === undefined ? key : `${key}=${value}`
}

function shownRun({ ref, name, owner }: RunHint): Completion {
  const parts = [ref, name, owner === null ? null : `by ${owner}`].filter((part) => part !== null)
  return { label: parts.join(' '), value: ref }
}
