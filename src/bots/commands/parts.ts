import type { Ctx } from '../../context.ts'
import type { Claimant } from '../../domain/people/admins.ts'
import type { Actor } from '../../domain/actor.ts'
import { shortVersion } from '../../domain/datasets/compare-data.ts'
import type { ChannelKey } from '../../domain/channels/ensure-channel.ts'
import type { Board, BoardRow } from '../../domain/boards/leaderboard.ts'
import { type Account, accountKey } from '../../domain/people/account.ts'
import { personOf } from '../../domain/people/person-of.ts'
import { resolveClauses } from '../../domain/people/resolve-clauses.ts'
import type { ProjectScope } from '../../domain/projects/resolve-project.ts'
import { formatClause } from '../../domain/query/format.ts'
import { type PlainClause, parseQuery, type Query } from '../../domain/query/parse.ts'
import { QuerySyntaxError } from '../../domain/query/syntax-error.ts'
import { formatSteps, formatValues } from '../../domain/text/format.ts'
import { invalid } from '../../errors.ts'
import { cut, text } from '../../messages/build.ts'
import type { Button, Inline } from '../../messages/model.ts'
import type { Asker, Command, CommandInput } from './command.ts'

/** What an asker's question may see, and where it was asked. */
export function scopeOf({ platform, workspace, channel, projectId }: Asker): ProjectScope {
  return { channel: { platform, workspace, channel }, ...(projectId === undefined ? {} : { projectId }) }
}

export function channelKeyOf({ platform, workspace, channel, channelName }: Asker): ChannelKey {
  return { platform, workspace, channel, ...(channelName === undefined ? {} : { name: channelName }) }
}

export function actorOf({ platform, workspace, name }: Asker): Actor {
  return { name, origin: workspace === '' ? platform : `${platform}:${workspace}` }
}

/** The asker's account. */
export function accountOfAsker({ platform, workspace, userId }: Asker): Account {
  return { platform, workspace, account: userId }
}

/** 'slack:T1:U1', 'discord:99:7', 'person:ana' on the console: whose notes and labels these are. */
export function accountOf(asker: Asker): string {
  return accountKey(accountOfAsker(asker))
}

/** The name under which the asker's notes stand: the one that runs carry where the account is linked. */
export async function authorOf(ctx: Pick<Ctx, 'db'>, asker: Asker): Promise<string> {
  return (await personOf(ctx, accountOfAsker(asker))) ?? asker.name
}

/** The asker as the person who wants to do what only admins may. */
export function claimantOf(asker: Asker): Claimant {
  const { roles, inRole, admin } = asker
  return {
    account: accountOf(asker),
    ...(roles === undefined ? {} : { roles }),
    ...(inRole === undefined ? {} : { inRole }),
    ...(admin === undefined ? {} : { admin }),
  }
}

/** Reads the words after a command; `fewest` to `most` free words, the rest clauses. @throws with the usage */
export function readWords(
  ctx: Pick<Ctx, 'clock'>,
  command: Pick<Command, 'name' | 'usage'>,
  { rest }: CommandInput,
  { fewest, most }: { fewest: number; most: number },
): Query {
  const query = parseQuery(rest, ctx.clock.now())
  const extra = query.words[most]
  if (extra !== undefined) {
    throw new QuerySyntaxError(extra.text, extra.position, `${command.usage} (names with spaces in quotes)`)
  }
  if (query.words.length < fewest) throw usageError(command)
  return query
}

/** A query with `by:me` and `by:@x` resolved to owner names. */
export type PlainQuery = Omit<Query, 'clauses'> & { clauses: PlainClause[] }

/** The same for commands with conditions on runs, whose accounts become owners. @throws AppError for an unknown `by:me` */
export async function readQuery(
  ctx: Ctx,
  command: Pick<Command, 'name' | 'usage'>,
  input: CommandInput,
  free: { fewest: number; most: number },
): Promise<PlainQuery> {
  const query = readWords(ctx, command, input, free)
  return { ...query, clauses: await resolveClauses(ctx, accountOfAsker(input.asker), query.clauses) }
}

export function usageError(command: Pick<Command, 'name' | 'usage'>): Error {
  return invalid('q', `Something is missing: /exp ${command.usage}`, {
    token: '',
    allowed: command.usage,
    suggestions: [],
  })
}

export function wordAt(query: Query, index: number): string {
  return query.words[index]?.text ?? ''
}

/** ' where lr<0.01 by:ana since:7d': which runs an answer is about, for those who did not ask; else nothing. */
export function conditionsText({ clauses }: Pick<PlainQuery, 'clauses'>): string {
  const told = clauses.map((clause) =>
    clause.kind === 'since' || clause.kind === 'until' ? clause.token : formatClause(clause),
  )
  return told.length === 0 ? '' : ` where ${told.join(' ')}`
}

/**
 * '0.941 (best, step 1,200)': a value is always shown with what it is.
 * @param beside the rows that it stands beside: as many digits as tell them apart
 */
export function valueText(
  board: Pick<Board, 'aggregate' | 'unit'>,
  row: Pick<BoardRow, 'value' | 'step' | 'rank'>,
  beside: Pick<BoardRow, 'value'>[] = [],
): string {
  if (row.rank === null) return 'diverged: no finite value'
  const [value] = formatValues([row, ...beside].map((one) => one.value))
  const unit = board.unit === null ? '' : ` ${board.unit}`
  const step = row.step === null ? '' : `, step ${formatSteps(row.step)}`
  return `${value}${unit} (${board.aggregate}${step})`
}

export function dataText(data: { name: string; version: string }[]): string {
  const shown = data.slice(0, 3).map(({ name, version }) => `${cut(name, 40)} ${shortVersion(version)}`)
  const more = data.length - shown.length
  return more > 0 ? `${shown.join(', ')} ... ${more} more` : shown.join(', ')
}

export function orNotGiven(value: string | null, limit = 60): Inline {
  return value === null || value === '' ? text('not given', 'italic') : text(cut(value, limit))
}

export function quoteRef(ref: string): string {
  return /\s/.test(ref) ? `"${ref}"` : ref
}

/** Opens the form for a note on a run. */
export function noteButton(ref: string): Button {
  return { id: 'note', label: 'Note', action: { do: 'form', form: { run: quoteRef(ref) } } }
}
