import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modalOf } from '../../../src/bots/discord/modal.ts'
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-instance.ts'
import type { Interaction } from '../../support/fake-discord/interactions.ts'
import type { Stored } from '../../support/fake-discord/state.ts'
import { asker } from '../../support/askers.ts'

let at: DiscordInstance
let post: Stored

beforeEach(async () => {
  at = await startDiscordInstance()
  post = await at.announce(0.9)
})
afterEach(async () => {
  expect(at.discord.posts(at.channel)).toHaveLength(1)
  await at.stop()
})

type Answered = Interaction & { modal: NonNullable<Interaction['modal']> }

/** Opens the form of a message's menu, as a person does. */
async function annotate(messageId: string): Promise<Answered> {
  const asked = at.discord.contextMenu({ messageId, user: at.user, command: 'Annotate' })
  await at.discord.until(() => asked.modal)
  return asked as Answered
}

const fieldsOf = ({ modal }: Answered): Record<string, unknown> =>
  Object.fromEntries(
    (modal['components'] as { component: { custom_id: string; value?: string } }[]).map(({ component }) => [
      component.custom_id,
      component.value ?? '',
    ]),
  )
const textOf = ({ raw }: Stored) => JSON.stringify([raw['content'], raw['embeds']])
const answerHolding = (words: string, count = 1) =>
  at.discord.until(() => {
    const found = at.discord.answers(at.user).filter((one) => textOf(one).includes(words))
    return found.length >= count ? found.at(-1) : undefined
  })
const buttonOf = ({ raw }: Stored, label: string): string => {
  const rows = raw['components'] as { components: { label: string; custom_id: string }[] }[]
  const found = rows.flatMap(({ components }) => components).find((one) => one.label === label)
  return found?.custom_id ?? `no button ${label}`
}
const click = (message: Stored, label: string) =>
  at.discord.click({ messageId: message.raw['id'], customId: buttonOf(message, label), user: at.user })
const permalinks = async () =>
  (await at.instance.app.ctx.db.selectFrom('notes').select('permalink').execute()).map((row) => row.permalink)
const linkTo = (message: string) =>
  `https://discord.com/channels/${at.discord.guildId}/${at.channel}/${message}`

describe('Annotate in the menu of a message', () => {
  it('of ours asks for the text of a note on its run, and answers a receipt to its author alone', async () => {
    const form = await annotate(post.raw['id'])
    expect(form.modal).toMatchObject({ title: 'Note on churn#2' })
    expect(fieldsOf(form)).toEqual({ text: '' })
    at.discord.modalSubmit(form, { text: 'label leak in **train.csv** @everyone' })
    const receipt = await answerHolding('Noted on churn#2')
    expect(receipt.visibleTo).toBe(at.user)
    expect(receipt.pings).toEqual([])
    expect(await at.notes()).toEqual(['ana: label leak in **train.csv** @everyone'])
    expect(await permalinks()).toEqual([linkTo(post.raw['id'])])
  })

  it('of somebody asks for the run too, and begins with what it says', async () => {
    const ben = at.discord.addUser('ben')
    const said = at.discord.message({
      ...{ channel: at.channel, user: ben },
      content: `<@${at.user}> churn#1 had a leak`,
    })
    const form = await annotate(said.raw['id'])
    expect(fieldsOf(form)).toEqual({ run: '', text: '@ana churn#1 had a leak' })
    at.discord.modalSubmit(form, { run: 'churn#1' })
    await answerHolding('Noted on churn#1')
    expect(await at.notes('churn#1')).toEqual(['ana: @ana churn#1 had a leak'])
    expect(await permalinks()).toEqual([linkTo(said.raw['id'])])
  })

  it('keeps what was typed when the run is unknown: a click opens the form with it again', async () => {
    const said = at.discord.message({ channel: at.channel, user: at.user, content: 'a long story' })
    const form = await annotate(said.raw['id'])
    at.discord.modalSubmit(form, { run: 'churn#99', text: 'a longer story' })
    const refused = await answerHolding('no run #99')
    expect(textOf(refused)).toContain('a longer story')
    const again = click(refused, 'Open the form again')
    await at.discord.until(() => again.modal)
    expect(fieldsOf(again as Answered)).toEqual({ run: '', text: 'a longer story' })
    at.discord.modalSubmit(again, { run: 'churn#1..2' })
    await answerHolding('Noted on churn#1, churn#2')
    expect(await at.notes('churn#1')).toEqual(['ana: a longer story'])
    expect(await permalinks()).toEqual([linkTo(said.raw['id'])])
  })

  it('works for a project whose name is as long as it may be', async () => {
    const project = 'p'.repeat(128)
    await at.instance.finish({ project })
    const said = at.discord.message({ channel: at.channel, user: at.user, content: 'x' })
    at.discord.modalSubmit(await annotate(said.raw['id']), { run: `${project}#1`, text: 'kept' })
    await answerHolding('Noted on')
    const modal = await modalOf(at.instance.app.ctx, asker(), {
      run: `${project}#1`,
      permalink: linkTo('1'.repeat(19)),
    })
    expect(typeof modal === 'string' ? modal : modal.custom_id).toMatch(/^exp:f:\d+\/1{19}:r[0-9a-f]{32}$/)
  })
})

describe('a button with a form', () => {
  const note = async () => {
    at.discord.modalSubmit(await annotate(post.raw['id']), { text: 'leek' })
    return await answerHolding('Noted on churn#2')
  }

  it('opens it with what is there, and changes it', async () => {
    const receipt = await note()
    const edit = click(receipt, 'Edit')
    await at.discord.until(() => edit.modal)
    expect(fieldsOf(edit as Answered)).toEqual({ text: 'leek' })
    at.discord.modalSubmit(edit, { text: 'leak' })
    await answerHolding('Changed on churn#2')
    expect(await at.notes()).toEqual(['ana: leak'])
  })

  it('says at once why there is none: the note is gone', async () => {
    const receipt = await note()
    await at.instance.app.ctx.db.deleteFrom('note_runs').execute()
    await at.instance.app.ctx.db.deleteFrom('notes').execute()
    const edit = click(receipt, 'Edit')
    await at.discord.until(() => edit.answered)
    expect(edit.type).toBe(4)
    expect(edit.original?.visibleTo).toBe(at.user)
    expect(edit.original?.raw['content']).toMatch(/no note/i)
  })

  it('is acknowledged in time also when the database is not: it says to try again', async () => {
    const receipt = await note()
    const { db } = at.instance.app.ctx
    const acknowledged = await db.transaction().execute(async (trx) => {
      await sql`lock table answers in access exclusive mode`.execute(trx)
      const edit = click(receipt, 'Edit')
      await at.discord.until(() => edit.answered, 2_900)
      return edit
    })
    expect(acknowledged.type).toBe(5)
    await at.discord.until(() => String(acknowledged.original?.raw['content']).includes('try it once more'))
    expect(acknowledged.modal).toBeNull()
  })
})

describe('when the connection is bad', () => {
  it('does nothing for a form that Discord gave up on, and says so in the log', async () => {
    const form = await annotate(post.raw['id'])
    at.discord.faults.add('POST', /callback$/, { kind: 'error', status: 404, code: 10062 })
    at.discord.modalSubmit(form, { text: 'too late' })
    await at.discord.until(() => at.log.some(({ msg }) => msg.includes('three seconds were over')))
    expect(await at.notes()).toEqual([])
    at.discord.faults.add('POST', /callback$/, { kind: 'error', status: 404, code: 10062 })
    at.discord.contextMenu({ messageId: post.raw['id'], user: at.user, command: 'Annotate' })
    await at.discord.until(() => at.log.filter(({ msg }) => msg.includes('three seconds')).length === 2)
    at.discord.modalSubmit(await annotate(post.raw['id']), { text: 'in time' })
    await answerHolding('Noted on churn#2')
    expect(await at.notes()).toEqual(['ana: in time'])
    expect(at.log.filter(({ level }) => level === 50)).toEqual([])
  })

  it('goes on when only the answer to its acknowledgement was lost', async () => {
    const form = await annotate(post.raw['id'])
    at.discord.faults.add('POST', /callback$/, { kind: 'resetAfterStore' })
    at.discord.modalSubmit(form, { text: 'once' })
    await answerHolding('Noted on churn#2')
    expect(at.discord.faults.left).toBe(0)
    expect(await at.notes()).toEqual(['ana: once'])
  })

  it('keeps one note of a form that the gateway tells of twice', async () => {
    const form = await annotate(post.raw['id'])
    at.discord.gateway.hold()
    at.discord.modalSubmit(form, { text: 'once' })
    at.discord.gateway.release(([submit]) => [submit!, submit!, submit!])
    await answerHolding('Noted on churn#2')
    await at.settled()
    expect(await at.notes()).toEqual(['ana: once'])
  })
})
