import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { adminNames, type AdminView, isAdmin, listAdmins, requireAdmin } from '../../domain/people/admins.ts'
import { type AdminInput, nameAdmin, removeAdmin } from '../../domain/people/name-admin.ts'
import { accountByName } from '../../domain/people/account-of-owner.ts'
import type { Query, Word } from '../../domain/query/parse.ts'
import { invalid, notFound } from '../../errors.ts'
import { bold, context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import { parseTypedMention } from '../typed-mentions.ts'
import type { Answer, Asker, Command } from './command.ts'
import { actorOf, claimantOf, readWords, usageError } from './parts.ts'

const SHOWN = 25
/** What the rights are for, as the list says it. */
const RIGHTS = 'setting goals, invalidating runs and naming admins'

export const admins: Command = {
  name: 'admins',
  listedBy: 'admins list',
  summary: 'Who may set goals, invalidate runs and name admins; everybody while no admin is named',
  usage: 'admins [add|remove @ana | role @ml-leads | <person> | <number>]',
  example: 'admins add @ana',
  setup: true,
  changes: true,
  accounts: true,
  options: [
    { name: 'action', description: 'Neither: list', kind: 'choice', choices: ['add', 'remove'], as: 'word' },
    {
      name: 'who',
      description: '@ana, role @ml-leads, or the owner name of a person',
      kind: 'text',
      as: 'raw',
    },
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, admins, input, { fewest: 0, most: 3 })
    const [verb, ...who] = query.words
    if (verb === undefined) return await list(ctx, input.asker)
    const action = verb.text.toLowerCase()
    if ((action !== 'add' && action !== 'remove') || who.length === 0) throw usageError(admins)
    await requireAdmin(ctx, claimantOf(input.asker), action === 'add' ? 'name others' : 'remove others')
    if (action === 'add') return await add(ctx, input.asker, await subjectOf(ctx, input.asker, who))
    return await remove(ctx, input.asker, await namedAdmin(ctx, input.asker, who))
  },
}

/** `@ana`, `role @ml-leads` or a plain name, as one who can be named. @throws AppError that says how to write it */
async function subjectOf(ctx: Ctx, asker: Asker, words: Query['words']): Promise<AdminInput> {
  const role = words.length === 2 && words[0]?.text.toLowerCase() === 'role'
  const [word] = role ? words.slice(1) : words
  if (word === undefined || (!role && words.length > 1)) throw usageError(admins)
  const mention = word.quoted ? undefined : parseTypedMention(word.text)
  if (role || mention?.role === true) return place(asker, 'role', mention, word)
  if (mention !== undefined) return place(asker, 'account', mention, word)
  if (word.quoted || !word.text.startsWith('@') || asker.platform === 'console')
    return { kind: 'person', subject: word.text.replace(/^@/, '') }
  const { platform, workspace } = asker
  const id = await accountByName(ctx, { platform, workspace }, word.text.slice(1))
  return place(asker, 'account', id === undefined ? undefined : { id, name: word.text }, word)
}

function place(
  { platform, workspace }: Asker,
  kind: 'account' | 'role',
  mention: { id: string; name: string | undefined } | undefined,
  word: Word,
): AdminInput {
  if (platform === 'console') {
    throw invalid('who', `A ${kind} belongs to Slack or Discord: name it there, or over the HTTP API.`, {
      token: word.text,
      suggestions: [],
    })
  }
  if (mention !== undefined) {
    const name = (mention.name ?? mention.id).replace(/^@/, '')
    return { kind, platform, workspace, subject: mention.id, name }
  }
  throw invalid(
    'who',
    `I do not know which ${kind} ${word.text} is: pick it from the list that opens behind the @.`,
    { token: word.text, suggestions: [] },
  )
}

async function add(ctx: Ctx, asker: Asker, input: AdminInput): Promise<Answer> {
  const added = await transaction(ctx.db, (trx) => nameAdmin(trx, ctx, actorOf(asker), input))
  const all = await listAdmins(ctx.db)
  const told = `${shown(added)} is an admin now.`
  const blocks: Block[] = [paragraph(told, ` Only admins may go on with ${RIGHTS}.`)]
  const among = await isAdmin(ctx, all, claimantOf(asker))
  if (!among) blocks.push(paragraph(bold(`You are not among them: ask ${cut(adminNames(all), 200)}.`)))
  blocks.push(context('Undo: ', text(`/exp admins remove ${added.id}`, 'code')))
  return { message: message('admins', told, blocks, among ? 'good' : 'warning'), data: { admin: added } }
}

/** The admin of a number in the list, or the one that is written as when naming. @throws AppError not_found */
async function namedAdmin(ctx: Ctx, asker: Asker, words: Query['words']): Promise<AdminView> {
  const all = await listAdmins(ctx.db)
  const [word] = words
  const number = words.length === 1 && word?.quoted === false && /^\d{1,9}$/.test(word.text)
  const found = number ? all.find(({ id }) => id === Number(word.text)) : undefined
  if (found !== undefined) return found
  const wanted = await subjectOf(ctx, asker, words)
  const same = all.find((one) => isSame(one, wanted))
  if (same !== undefined) return same
  const name = wanted.name ?? wanted.subject
  throw notFound(`${name} is no admin; /exp admins lists them.`, {
    field: 'who',
    value: name,
    suggestions: [],
  })
}

async function remove(ctx: Ctx, asker: Asker, { id }: AdminView): Promise<Answer> {
  const removed = await transaction(ctx.db, (trx) => removeAdmin(trx, ctx, actorOf(asker), id))
  const last = (await listAdmins(ctx.db)).length === 0
  const told = `${shown(removed)} is an admin no more.`
  const blocks = [paragraph(told, last ? ' No admin is named now: everybody may do everything again.' : '')]
  return { message: message('admins', told, blocks, last ? 'warning' : 'good'), data: { admin: removed } }
}

function isSame(admin: AdminView, { kind, platform, workspace, subject }: AdminInput): boolean {
  if (admin.kind !== kind) return false
  if (kind === 'person') return admin.subject.toLowerCase() === subject.toLowerCase()
  return admin.platform === platform && admin.workspace === workspace && admin.subject === subject
}

async function list(ctx: Ctx, asker: Asker): Promise<Answer> {
  const all = await listAdmins(ctx.db)
  return { message: listMessage(all, await isAdmin(ctx, all, claimantOf(asker))), data: { admins: all } }
}

function listMessage(all: AdminView[], among: boolean): Message {
  if (all.length === 0) {
    const told = 'No admin is named: everybody may do everything.'
    return message('admins', told, [
      paragraph(`${told} That is ${RIGHTS}.`),
      paragraph('Name one with ', text('/exp admins add @ana', 'code'), ' or a whole role.'),
    ])
  }
  const title = all.length === 1 ? '1 admin' : `${all.length} admins`
  const lines = all
    .slice(0, SHOWN)
    .map((one) =>
      paragraph(
        `${one.id}. `,
        bold(cut(shown(one), 80)),
        ` ${whereOf(one)}, named by ${cut(one.named_by, 60)}`,
      ),
    )
  return message('admins', `${title}: ${adminNames(all)}`, [
    header(title),
    ...lines,
    ...(all.length > SHOWN ? [paragraph(`... ${all.length - SHOWN} more`)] : []),
    context(`For ${RIGHTS}. ${among ? 'You are one of them.' : 'You are none of them.'}`),
  ])
}

function shown({ kind, name }: Pick<AdminView, 'kind' | 'name'>): string {
  return kind === 'role' ? `The role ${name}` : name
}

const PLATFORMS: Record<string, string> = { slack: 'Slack', discord: 'Discord' }

function whereOf({ kind, platform }: AdminView): string {
  if (kind === 'person') return 'by all linked accounts and tokens'
  return `on ${PLATFORMS[platform] ?? platform}`
}
