import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { linkAccount, unlinkAccount } from '../../domain/people/link-account.ts'
import { ownerNames, ownerSpelling } from '../../domain/people/owner-names.ts'
import { personOf } from '../../domain/people/person-of.ts'
import { quoteWord } from '../../domain/query/format.ts'
import { didYouMean, nearest } from '../../domain/text/suggest.ts'
import { AppError } from '../../errors.ts'
import { ask, bold, buttons, context, cut, header, message, paragraph, text } from '../../messages/build.ts'
import type { Block } from '../../messages/model.ts'
import type { Answer, Asker, Command } from './command.ts'
import { actorOf, claimantOf, accountOfAsker, readWords, usageError, wordAt } from './parts.ts'

/** The word that moves a name from another account; a button sends it. */
const TAKE_OVER = 'take-over'

export const iam: Command = {
  name: 'iam',
  listedBy: 'whoami',
  summary: 'Say which owner name your runs carry: by:me finds them, and their failures mention you',
  usage: 'iam [<name>|nobody]',
  example: 'iam ana',
  setup: true,
  changes: true,
  options: [
    {
      name: 'name',
      description: 'The owner of your runs; nobody: unlink; none: who am I?',
      kind: 'owner',
      as: 'word',
    },
  ],
  run: async (ctx, input) => {
    const query = readWords(ctx, iam, input, { fewest: 0, most: 2 })
    const [word, confirmation] = query.words
    if (word === undefined) return await whoAmI(ctx, input.asker)
    if (confirmation !== undefined && confirmation.text !== TAKE_OVER) throw usageError(iam)
    if (!word.quoted && word.text.toLowerCase() === 'nobody') return await unlink(ctx, input.asker)
    const name = word.quoted ? word.text : wordAt(query, 0).replace(/^@/, '')
    return await link(ctx, input.asker, name, confirmation !== undefined)
  },
}

async function link(ctx: Ctx, asker: Asker, name: string, takeOver: boolean): Promise<Answer> {
  try {
    const linked = await transaction(ctx.db, (trx) =>
      linkAccount(trx, ctx, actorOf(asker), {
        account: accountOfAsker(asker),
        accountName: asker.name,
        name,
        takeOver,
        who: claimantOf(asker),
      }),
    )
    const told = `You are ${linked.name} here.`
    const blocks: Block[] = [
      paragraph('You are ', bold(cut(linked.name, 80)), ' here.'),
      ...(linked.takenFrom === null
        ? []
        : [paragraph(`${cut(linked.takenFrom, 80)} has this name no more.`)]),
      paragraph('by:me finds your runs, and their failures mention you.'),
      ...(await strangerHint(ctx, linked.name)),
      context('Undo: ', text('/exp iam nobody', 'code')),
    ]
    return {
      message: message('iam', told, blocks, 'good'),
      data: { name: linked.name, former: linked.former, taken_from: linked.takenFrom },
    }
  } catch (error) {
    const holder = error instanceof AppError ? error.details['holder'] : undefined
    if (!(error instanceof AppError) || typeof holder !== 'string') throw error
    return question(error.message, name, holder)
  }
}

/** A name that another account has is given only to somebody who means it. */
function question(told: string, name: string, holder: string): Answer {
  const blocks: Block[] = [
    header(`Are you ${cut(name, 80)}?`),
    paragraph(`${told} If it is yours, take it: ${cut(holder, 80)} has it no more then.`),
    buttons(ask('take-over', `Yes, I am ${cut(name, 40)}`, `iam ${quoteWord(name)} ${TAKE_OVER}`, 'danger')),
  ]
  return { message: message('iam', told, blocks, 'warning'), data: { name: null, asked: name, holder } }
}

/** Says when no run carries the name: it may be written otherwise there. */
async function strangerHint(ctx: Ctx, name: string): Promise<Block[]> {
  if ((await ownerSpelling(ctx, name)) !== undefined) return []
  const near = nearest(name, await ownerNames(ctx, undefined))
  const tries = near.map((one, index) => ask(`iam-${index}`, `I am ${cut(one, 40)}`, `iam ${quoteWord(one)}`))
  return [
    paragraph(`No run has this owner yet.${didYouMean(near.map((one) => cut(one, 60)))}`),
    ...(tries.length === 0 ? [] : [buttons(...tries)]),
  ]
}

async function unlink(ctx: Ctx, asker: Asker): Promise<Answer> {
  const former = await transaction(ctx.db, (trx) =>
    unlinkAccount(trx, ctx, actorOf(asker), accountOfAsker(asker)),
  )
  const told =
    former === null
      ? 'You were not linked to an owner.'
      : `You are ${former} no more: runs of theirs are not yours.`
  return { message: message('iam', told, [paragraph(cut(told, 300))]), data: { name: null, former } }
}

async function whoAmI(ctx: Ctx, asker: Asker): Promise<Answer> {
  const name = await personOf(ctx, accountOfAsker(asker))
  if (name === undefined) {
    const told = 'Your account is not linked to an owner of runs yet.'
    const own = await ownerSpelling(ctx, asker.name)
    const guess =
      own === undefined ? [] : [buttons(ask('iam', `I am ${cut(own, 40)}`, `iam ${quoteWord(own)}`))]
    const blocks = [paragraph(told, ' Say it with ', text('/exp iam <name>', 'code'), '.'), ...guess]
    return { message: message('iam', told, blocks), data: { name: null } }
  }
  const told = `You are ${name} here.`
  const blocks = [
    paragraph('You are ', bold(cut(name, 80)), ' here.'),
    buttons(ask('mine', 'My runs', 'runs by:me', 'primary')),
    context('Another name: ', text('/exp iam <name>', 'code'), '; none: ', text('/exp iam nobody', 'code')),
  ]
  return { message: message('iam', told, blocks), data: { name } }
}
