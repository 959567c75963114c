import { parseArgs } from 'node:util'
import { transaction } from '../db/transaction.ts'
import { type AdminView, listAdmins } from '../domain/people/admins.ts'
import { type AdminInput, nameAdmin, removeAdmin } from '../domain/people/name-admin.ts'
import { messageOf } from '../errors.ts'
import type { CliCommand, CliContext } from './command.ts'
import { withContext } from './database.ts'
import { alignColumns } from './table.ts'

const USAGE = [
  'admin list',
  'admin add ana',
  'admin add slack:T1:U1 --name ana',
  'admin add role discord:99:555 --name ml-leads',
  'admin remove <number>',
]
const ACTOR = { name: 'command line', origin: 'cli' }

export const admin: CliCommand = {
  run: async (context) => {
    const [verb, ...args] = context.args
    if (verb === 'list') return await list(context)
    if (verb === 'add') return await add(context, args)
    if (verb === 'remove') return await remove(context, args)
    return usage(context)
  },
}

function usage({ error }: CliContext): number {
  error(`Usage:\n${USAGE.map((line) => `  ${line}`).join('\n')}`)
  return 2
}

async function add(context: CliContext, args: string[]): Promise<number> {
  const { values, positionals } = readOptions(args)
  const role = positionals.length === 2 && positionals[0] === 'role'
  const [word] = role ? positionals.slice(1) : positionals
  if (word === undefined || (!role && positionals.length > 1)) return usage(context)
  const input = inputOf(word, role, values.name)
  if (input === undefined) {
    context.error(`A role is written with its place: ${USAGE[3]}`)
    return 2
  }
  const added = await withContext(context.config(), (ctx) =>
    transaction(ctx.db, (trx) => nameAdmin(trx, ctx, ACTOR, input)),
  )
  context.out(`${added.name} is an admin now.`)
  return 0
}

function readOptions(args: string[]) {
  try {
    return parseArgs({ args, options: { name: { type: 'string' } }, allowPositionals: true })
  } catch (error) {
    throw new Error(`${messageOf(error)}\nUsage: ${USAGE[2]}`, { cause: error })
  }
}

/** `slack:T1:U1` is an account (or role) there, anything else a person; undefined for a role without a place. */
function inputOf(word: string, role: boolean, shown: string | undefined): AdminInput | undefined {
  const name = shown === undefined ? {} : { name: shown }
  const [, platform, workspace, subject] = /^(slack|discord):([^:]+):(.+)$/.exec(word) ?? []
  if (platform === 'slack' || platform === 'discord')
    return {
      kind: role ? 'role' : 'account',
      platform,
      workspace: workspace ?? '',
      subject: subject ?? '',
      ...name,
    }
  return role ? undefined : { kind: 'person', subject: word, ...name }
}

async function list({ config, out }: CliContext): Promise<number> {
  const admins = await withContext(config(), (ctx) => listAdmins(ctx.db))
  if (admins.length === 0) {
    out('No admin is named: everybody may do everything. admin add <owner name> names one.')
    return 0
  }
  const rows = admins.map((one) => [
    String(one.id),
    one.name,
    one.kind,
    placeOf(one),
    one.named_by,
    one.created_at.slice(0, 16).replace('T', ' '),
  ])
  for (const line of alignColumns([['#', 'NAME', 'KIND', 'WHERE', 'NAMED BY', 'SINCE (UTC)'], ...rows]))
    out(line)
  return 0
}

function placeOf({ kind, platform, workspace, subject }: AdminView): string {
  return kind === 'person' ? 'everywhere' : `${platform}:${workspace}:${subject}`
}

async function remove(context: CliContext, [id]: string[]): Promise<number> {
  if (id === undefined || !/^\d{1,9}$/.test(id)) {
    context.error(`Which one? ${USAGE[4]}; admin list shows the numbers.`)
    return 2
  }
  const [removed, rest] = await withContext(context.config(), async (ctx) => [
    await transaction(ctx.db, (trx) => removeAdmin(trx, ctx, ACTOR, Number(id))),
    await listAdmins(ctx.db),
  ])
  context.out(`${removed.name} is an admin no more.`)
  if (rest.length === 0) context.out('No admin is named now: everybody may do everything again.')
  return 0
}
