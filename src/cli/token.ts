import { parseArgs } from 'node:util'
import type { Scope } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { createToken } from '../domain/access/create-token.ts'
import { listTokens } from '../domain/access/list-tokens.ts'
import { revokeToken } from '../domain/access/revoke-token.ts'
import { messageOf } from '../errors.ts'
import type { CliCommand, CliContext } from './command.ts'
import { withContext } from './database.ts'
import { alignColumns } from './table.ts'

const USAGE = [
  'token create --name laptop [--person ana] [--scopes ingest,read] [--project churn]',
  'token list',
  'token revoke <number>',
]
const SCOPES: Scope[] = ['ingest', 'read', 'admin']
const ACTOR = { name: 'command line', origin: 'cli' }
const LISTED_LIMIT = 200

export const token: CliCommand = {
  run: async (context) => {
    const [verb, ...args] = context.args
    if (verb === 'create') return await create(context, args)
    if (verb === 'list') return await list(context)
    if (verb === 'revoke') return await revoke(context, args)
    context.error(`Usage:\n${USAGE.map((line) => `  ${line}`).join('\n')}`)
    return 2
  },
}

async function create({ config, out, error }: CliContext, args: string[]): Promise<number> {
  const { values } = readOptions(args)
  const { name, person, project } = values
  const scopes = (values.scopes ?? 'ingest,read').split(',').map((scope) => scope.trim())
  const wrong = scopes.find((scope) => !SCOPES.some((known) => known === scope))
  if (name === undefined || wrong !== undefined) {
    error(
      name === undefined
        ? `--name is missing: ${USAGE[0]}`
        : `'${wrong}' is no scope; ${SCOPES.join(', ')} are.`,
    )
    return 2
  }
  const input = {
    name,
    person: person ?? name,
    scopes: scopes as Scope[],
    ...(project === undefined ? {} : { project }),
  }
  const made = await withContext(config(), (ctx) =>
    transaction(ctx.db, (trx) => createToken(trx, ctx, ACTOR, input)),
  )
  out(made.token)
  error(
    `Token ${made.id} for ${made.person}, ${made.scopes.join(' and ')}. It is shown this once; only its hash is kept.`,
  )
  return 0
}

function readOptions(args: string[]) {
  const options = {
    name: { type: 'string' },
    person: { type: 'string' },
    scopes: { type: 'string' },
    project: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, options })
  } catch (error) {
    throw new Error(`${messageOf(error)}\nUsage: ${USAGE[0]}`, { cause: error })
  }
}

async function list({ config, out }: CliContext): Promise<number> {
  const { items } = await withContext(config(), (ctx) => listTokens(ctx.db, { limit: LISTED_LIMIT }))
  if (items.length === 0) {
    out('No tokens yet, beside the admin token. token create --name laptop makes one.')
    return 0
  }
  const rows = items.map((one) => [
    String(one.id),
    one.name,
    one.person,
    one.scopes.join(','),
    one.project ?? 'all',
    one.last_used_at?.slice(0, 16).replace('T', ' ') ?? 'never',
    one.revoked_at === null ? 'valid' : 'revoked',
  ])
  for (const line of alignColumns([
    ['#', 'NAME', 'PERSON', 'SCOPES', 'PROJECT', 'LAST USED (UTC)', 'STATE'],
    ...rows,
  ]))
    out(line)
  return 0
}

async function revoke({ config, out, error }: CliContext, [id]: string[]): Promise<number> {
  if (id === undefined || !/^\d{1,9}$/.test(id)) {
    error(`Which one? ${USAGE[2]}; token list shows the numbers.`)
    return 2
  }
  const revoked = await withContext(config(), (ctx) =>
    transaction(ctx.db, (trx) => revokeToken(trx, ctx, ACTOR, Number(id))),
  )
  out(`Token ${revoked.id} (${revoked.name}) is revoked.`)
  return 0
}
