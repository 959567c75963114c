import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../context.ts'
import { metricNames } from '../domain/metrics/find-metric.ts'
import { defaultProject, projectNames } from '../domain/projects/resolve-project.ts'
import type { Asker, CommandOption } from './commands/command.ts'
import { findCommand } from './commands/index.ts'
import { scopeOf } from './commands/parts.ts'

export interface Completion {
  label: string
  value: string
}

const MOST = 25
/** Runs are looked for among the newest only, so that the answer comes at once whatever their number. */
const LOOKED_AT = 5_000
const MOST_NUMBER = 2 ** 31 - 1

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
      return matching(await metricNames(ctx, projectId), typed)
    case 'project':
      return matching(await projectNames(ctx, scopeOf(asker)), typed)
    case 'run':
      return await completeRuns(ctx, typed, projectId)
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
  const row = await ctx.db.selectFrom('projects').select('id').where('name', '=', said).executeTakeFirst()
  return asker.projectId ?? row?.id
}

function matching(names: string[], typed: string): Completion[] {
  const wanted = typed.toLowerCase()
  const begins = names.filter((name) => name.toLowerCase().startsWith(wanted))
  const holds = names.filter((name) => !begins.includes(name) && name.toLowerCase().includes(wanted))
  return [...begins, ...holds].slice(0, MOST).map((name) => ({ label: name, value: name }))
}

/** `churn#14`, `#14` or `14` finds runs by the beginning of their number, other words by name among the newest. */
async function completeRuns(ctx: Ctx, typed: string, projectId: number | undefined): Promise<Completion[]> {
  const wanted = typed.trim().toLowerCase()
  const hash = wanted.lastIndexOf('#')
  const digits = /^\d*$/.test(wanted.slice(hash + 1)) ? wanted.slice(hash + 1) : ''
  const within = projectId === undefined ? sql<boolean>`true` : sql<boolean>`run.project_id = ${projectId}`
  const ofProject =
    hash > 0
      ? sql<boolean>`run.project_id in (select id from projects where lower(name) = ${wanted.slice(0, hash)})`
      : sql<boolean>`true`
  if (digits !== '') {
    const exact = Math.min(Number(digits), MOST_NUMBER)
    return await readRuns(ctx, sql`${within} and ${ofProject} and ${numberBegins(digits)}`, sql`true`, exact)
  }
  if (hash >= 0) return await readRuns(ctx, sql`${within} and ${ofProject}`)
  const named = sql<boolean>`(position(${wanted} in lower(coalesce(run.name, ''))) > 0
    or starts_with(lower(project.name), ${wanted}))`
  return await readRuns(ctx, within, named)
}

/** 14 begins 14, 140 to 149, 1,400 to 1,499 and so on: ranges, so that an index serves them. */
function numberBegins(digits: string): RawBuilder<boolean> {
  const ranges: RawBuilder<boolean>[] = []
  for (let size = 1; Number(digits) * size <= MOST_NUMBER && Number(digits) > 0; size *= 10) {
    const from = Number(digits) * size
    ranges.push(sql`run.number between ${from} and ${Math.min(from + size - 1, MOST_NUMBER)}`)
  }
  return ranges.length === 0 ? sql`false` : sql`(${sql.join(ranges, sql` or `)})`
}

async function readRuns(
  ctx: Ctx,
  condition: RawBuilder<boolean>,
  among: RawBuilder<boolean> = sql`true`,
  first = 0,
): Promise<Completion[]> {
  const { rows } = await sql<{ ref: string; name: string | null; owner: string | null }>`
    select project.name || '#' || run.number as ref, run.name, run.owner
    from (select run.* from runs run where ${condition}
      order by run.number = ${first} desc, run.id desc limit ${LOOKED_AT}) run
    join projects project on project.id = run.project_id
    where ${among} order by run.number = ${first} desc, run.id desc limit ${MOST}`.execute(ctx.db)
  return rows.map(({ ref, name, owner }) => ({
    label: [ref, name, owner === null ? null : `by ${owner}`].filter((part) => part !== null).join(' '),
    value: ref,
  }))
}
