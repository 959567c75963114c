import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { listNotes } from '../../../src/domain/notes/list-notes.ts'
import type { Json, Stored } from '../../support/fake-slack/state.ts'
import { ANA, BOB, fieldOf, shownText, type SlackTeam, startSlackTeam } from '../../support/slack-team.ts'

let team: SlackTeam
let post: Stored

beforeEach(async () => {
  team = await startSlackTeam()
  post = await team.record()
})

afterEach(() => team.stop())

async function notes(ref = 'churn#2') {
  const { ctx } = team.instance.app
  return await listNotes(ctx, await findRun(ctx, ref), 100)
}

/** Resolves once everything that was sent to the app was acknowledged. */
const settled = () => team.slack.until(() => team.slack.sockets.unacknowledged === 0)

async function openedForm(user = ANA) {
  team.slack.shortcut('annotate_run', post, user)
  return await team.slack.until(() => team.slack.viewOf(user))
}

describe('a note by a form', () => {
  it('is about the run of the message that the shortcut was used on, and its author gets a receipt', async () => {
    const view = await openedForm()
    expect(view.view).toMatchObject({ title: { text: 'Note on churn#2' }, submit: { text: 'Save note' } })
    expect(view.view.blocks).toHaveLength(1)
    expect(
      await team.slack.submit({ view, user: ANA, values: { text: 'a <b>good</b> one *really*' } }),
    ).toEqual({})
    const receipt = await team.answerHolding('Noted on churn#2')
    expect(receipt).toMatchObject({ channel: team.channel, visibleTo: ANA, pings: [] })
    expect(await notes()).toMatchObject([
      { text: 'a <b>good</b> one *really*', author: 'uana', account: `slack:T0FAKE:${ANA}` },
    ])
    expect((await notes())[0]?.permalink).toBe(
      `https://fake.slack.com/archives/${team.channel}/p${post.ts.replace('.', '')}`,
    )
    expect(team.slack.posts(team.channel)).toHaveLength(1)
  })

  it('is changed by its author with the button of the receipt, and by nobody else', async () => {
    const view = await openedForm()
    await team.slack.submit({ view, user: ANA, values: { text: 'first' } })
    const receipt = await team.answerHolding('Noted on churn#2')
    team.slack.click({ message: receipt, button: 'Edit', user: ANA })
    const edit = await team.slack.until(() => {
      const top = team.slack.viewOf(ANA)
      return top?.view.title.text === 'Edit note' ? top : undefined
    })
    expect(fieldOf(edit.view, 'text')).toMatchObject({ initial_value: 'first' })
    await team.slack.submit({ view: edit, user: ANA, values: { text: 'second' } })
    await team.answerHolding('Changed on churn#2')
    expect(await notes()).toMatchObject([{ text: 'second', author: 'uana' }])
    const [{ id } = { id: 0 }] = await notes()
    const forged = {
      ...view,
      view: { ...view.view, private_metadata: JSON.stringify({ form: { note: id }, channel: team.channel }) },
    }
    const refused = await team.slack.submit({
      view: { ...forged, id: 'V-forged' },
      user: BOB,
      values: { text: 'mine' },
    })
    expect(refused).toMatchObject({
      response_action: 'errors',
      errors: { text: expect.stringContaining('only they may change it') },
    })
    expect(await notes()).toMatchObject([{ text: 'second' }])
  })

  it('says at the field what is wrong, keeps what was typed, and takes it once that is put right', async () => {
    const said = team.slack.say({
      channel: team.channel,
      user: BOB,
      text: 'I tried a &lt;wider&gt; net, <@UANA>',
    })
    team.slack.shortcut('annotate_run', said, BOB)
    const view = await team.slack.until(() => team.slack.viewOf(BOB))
    expect(view.view.blocks.map(({ block_id }: Json) => block_id)).toEqual(['run', 'text'])
    expect(fieldOf(view.view, 'text')).toMatchObject({ initial_value: 'I tried a <wider> net, @Ana' })
    const refused = await team.slack.submit({ view, user: BOB, values: { run: 'churn#99' } })
    expect(refused).toMatchObject({
      response_action: 'errors',
      errors: { run: expect.stringContaining('no run #99') },
    })
    expect(await team.slack.submit({ view, user: BOB, values: { run: 'churn#1', text: ' ' } })).toMatchObject(
      {
        errors: { text: expect.any(String) },
      },
    )
    expect(view.open).toBe(true)
    expect(await team.slack.submit({ view, user: BOB, values: { run: 'churn#1' } })).toEqual({})
    await team.answerHolding('Noted on churn#1', BOB)
    expect(await notes('churn#1')).toMatchObject([{ text: 'I tried a <wider> net, @Ana', author: 'ubob' }])
    expect(team.slack.state.violations).toEqual([])
  })

  it('is stored once, however often Slack sends the form', async () => {
    const view = await openedForm()
    const submission = { view, user: ANA, values: { text: 'once' } }
    for (let time = 0; time < 3; time++) team.slack.submitRaw(submission)
    await settled()
    team.slack.submitRaw(submission)
    await settled()
    await team.answerHolding('Noted on churn#2')
    expect(await notes()).toHaveLength(1)
  })

  it('is told directly where the answer has no address any more', async () => {
    const view = await openedForm()
    team.slack.faults.add('POST', /^\/chat\.postEphemeral/, {
      kind: 'error',
      code: 'user_not_in_channel',
      status: 200,
    })
    team.slack.expireResponses()
    await team.slack.submit({ view, user: ANA, values: { text: 'late' } })
    const direct = team.slack.state.direct(ANA)
    await team.slack.until(() =>
      team.slack.posts(direct).some((one) => shownText(one).includes('Noted on churn#2')),
    )
  })

  it('says what to do when Slack does not open the form', async () => {
    team.slack.faults.add('POST', /^\/views\.open/, { kind: 'http500' })
    team.slack.shortcut('annotate_run', post, ANA)
    await team.answerHolding('did not open the form')
    team.slack.faults.add('POST', /^\/views\.open/, {
      kind: 'error',
      code: 'expired_trigger_id',
      status: 200,
    })
    team.slack.shortcut('annotate_run', post, ANA)
    await team.answerHolding('click once more')
    expect(team.slack.state.views).toEqual([])
    expect(team.slack.state.calls.filter((call) => call === 'views.open')).toHaveLength(2)
  })

  it('offers runs while somebody types, ranges too, whatever their project is called', async () => {
    const long = `${'x'.repeat(90)} y`
    await team.instance.finish({ project: long, name: 'deep' })
    const { options, latencyMs } = await team.slack.suggest({
      action: 'exp:pick:run',
      typed: 'churn#',
      user: ANA,
    })
    expect(options.map(({ value }) => value)).toEqual(['churn#2', 'churn#1'])
    expect(latencyMs).toBeLessThan(500)
    const range = await team.slack.suggest({ action: 'exp:pick:run', typed: 'churn#1..2', user: ANA })
    expect(range.options[0]).toEqual({ text: 'churn#1..2: 2 runs', value: 'churn#1..2' })
    const [byId] = (await team.slack.suggest({ action: 'exp:pick:run', typed: 'deep', user: ANA })).options
    expect(byId?.value).toMatch(/^[0-9a-f]{32}$/)
    expect(
      (await team.slack.suggest({ action: 'exp:pick:metric', typed: 'acc', user: ANA })).options,
    ).toEqual([{ text: 'accuracy', value: 'accuracy' }])
    expect(
      (await team.slack.suggest({ action: 'exp:pick:project', typed: 'chu', user: ANA })).options,
    ).toEqual([{ text: 'churn', value: 'churn' }])
    expect((await team.slack.suggest({ action: 'something:else', typed: 'x', user: ANA })).options).toEqual(
      [],
    )
  })
})

describe('a reply under a message of ours', () => {
  const reply = (text: string, user = BOB, more: object = {}) =>
    team.slack.say({ channel: team.channel, user, text, thread: post.ts, ...more })

  it('is a note with its author, time and address, confirmed by a reaction on it', async () => {
    const said = reply('beats <https://x.example/a?b=1&amp;c=2|the old one> &amp; <@UANA> knows &lt;why&gt;')
    await team.slack.until(() => said.reactions.get('memo')?.has(team.slack.state.botUser))
    await settled()
    expect(await notes()).toMatchObject([
      {
        text: 'beats https://x.example/a?b=1&c=2 & @Ana knows <why>',
        author: 'Bob',
        account: `slack:T0FAKE:${BOB}`,
        permalink: `https://fake.slack.com/archives/${team.channel}/p${said.ts.replace('.', '')}?thread_ts=${post.ts}&cid=${team.channel}`,
      },
    ])
    expect(team.slack.state.messages.filter(({ threadTs }) => threadTs === post.ts)).toHaveLength(1)
  })

  it('follows its edits and its end, and a preview is no edit', async () => {
    const said = reply('frist')
    await settled()
    const [{ id } = { id: 0 }] = await notes()
    team.slack.emit(team.slack.events.touch(said).body)
    await settled()
    expect(await notes()).toMatchObject([{ id, text: 'frist', edited_at: null }])
    team.slack.edit(said, 'first')
    await settled()
    expect(await notes()).toMatchObject([{ id, text: 'first', edited_at: expect.any(String) }])
    team.slack.edit(said, 'first!')
    await settled()
    expect(await notes()).toMatchObject([{ id, text: 'first!' }])
    team.slack.remove(said)
    await settled()
    expect(await notes()).toEqual([])
  })

  it('ends in the same state when events come twice, late and in another order', async () => {
    const { events, emit } = team.slack
    const created = events.say({ channel: team.channel, user: BOB, text: 'one', thread: post.ts })
    team.clock.advance(1_000)
    const edited = events.edit(created.message, 'two')
    emit(edited.body)
    await settled()
    emit(created.body)
    await settled()
    emit(created.body)
    await settled()
    expect(await notes()).toMatchObject([{ text: 'two', edited_at: expect.any(String) }])
    expect(team.slack.state.calls.filter((call) => call === 'reactions.add')).toHaveLength(2)
    const gone = events.delete(created.message)
    emit(gone.body)
    emit(gone.body)
    await settled()
    emit({ ...created.body, event_id: 'Ev-other' })
    emit({ ...edited.body, event_id: 'Ev-another' })
    await settled()
    expect(await notes()).toEqual([])
    const never = events.say({ channel: team.channel, user: BOB, text: 'gone at once', thread: post.ts })
    emit(events.delete(never.message).body)
    await settled()
    emit(never.body)
    await settled()
    expect(await notes()).toEqual([])
  })

  it('opens nothing for a stranger in a channel that companies share', async () => {
    team.slack.state.people.set('UEVE', { ...team.slack.state.person('UEVE'), team: 'T-OTHER' })
    team.slack.shortcut('annotate_run', post, 'UEVE')
    team.slack.click({ message: post, button: 'Show', user: 'UEVE' })
    team.slack.react(post, 'UEVE', 'trophy')
    await settled()
    expect(team.slack.state.views).toEqual([])
    expect(team.answers('UEVE')).toEqual([])
    const { db } = team.instance.app.ctx
    expect(await db.selectFrom('run_labels').select('label').execute()).toEqual([])
  })

  it('does nothing under another message, by a bot, by a stranger, or as a join', async () => {
    const other = team.slack.say({ channel: team.channel, user: ANA, text: 'lunch?' })
    team.slack.say({ channel: team.channel, user: BOB, text: 'yes', thread: other.ts })
    reply('joined', BOB, { subtype: 'channel_join' })
    const { events, emit } = team.slack
    const bot = events.say({ channel: team.channel, user: 'UCI', text: 'build passed', thread: post.ts })
    emit({ ...bot.body, event: { ...bot.body['event'], bot_id: 'B1' } })
    const stranger = events.say({ channel: team.channel, user: 'UEVE', text: 'hi', thread: post.ts })
    emit({ ...stranger.body, event: { ...stranger.body['event'], user_team: 'T-OTHER' } })
    const elsewhere = events.say({ channel: team.channel, user: BOB, text: 'hi', thread: post.ts })
    emit({ ...elsewhere.body, team_id: 'T-OTHER', authorizations: [{ team_id: 'T-OTHER' }] })
    await settled()
    expect(await notes()).toEqual([])
    expect(team.slack.state.calls).not.toContain('reactions.add')
  })

  it('counts when it is shown in the channel too, or has a file', async () => {
    reply('for all', BOB, { subtype: 'thread_broadcast' })
    reply('see the plot', BOB, { subtype: 'file_share' })
    await settled()
    expect((await notes()).map(({ text }) => text).toSorted()).toEqual(['for all', 'see the plot'])
  })

  it('is acknowledged once it is stored, and not before: what was interrupted comes again', async () => {
    const { db } = team.instance.app.ctx
    await sql`alter table notes rename to notes_away`.execute(db)
    const said = reply('kept through a crash')
    await expect.poll(() => team.slack.sockets.unacknowledged).toBe(1)
    await sql`alter table notes_away rename to notes`.execute(db)
    team.slack.sockets.redeliver()
    await settled()
    // As after a crash between the note and the mark that the event was handled.
    await sql`delete from events_seen where key like 'event %'`.execute(db)
    team.slack.emit(team.slack.events.touch(said).body)
    await settled()
    expect(await notes()).toMatchObject([{ text: 'kept through a crash', edited_at: null }])
    expect(said.reactions.get('memo')?.size).toBe(1)
  })

  it('waits for Slack to tell it again while our own post is not written down yet', async () => {
    const { db } = team.instance.app.ctx
    const mark = (status: 'sending' | 'sent', external_id: string | null) =>
      db
        .updateTable('deliveries')
        .set({ status, external_id, due_at: new Date(Date.now() + 3_600_000) })
        .execute()
    await mark('sending', null)
    const said = reply('quick')
    await expect.poll(() => team.slack.sockets.unacknowledged).toBe(1)
    expect(await notes()).toEqual([])
    await mark('sent', post.ts)
    team.slack.sockets.redeliver()
    await settled()
    expect(await notes()).toMatchObject([{ text: 'quick' }])
    expect(said.reactions.has('memo')).toBe(true)
  })

  it('is kept without its receipt and with a bare name where Slack refuses those', async () => {
    team.slack.state.scopes.delete('users:read')
    team.slack.state.scopes.delete('reactions:write')
    const said = reply('still kept')
    await settled()
    expect(await notes()).toMatchObject([{ text: 'still kept', author: BOB }])
    expect(said.reactions.size).toBe(0)
  })
})

describe('a reaction on a message of ours', () => {
  const labels = async () => {
    const { db } = team.instance.app.ctx
    const rows = await db
      .selectFrom('run_labels')
      .select(['label', 'account'])
      .where('present', '=', true)
      .execute()
    return rows.map(({ label, account }) => `${label} ${account}`)
  }

  it('is a label while it stands, whatever else happens on the way', async () => {
    const { events, emit } = team.slack
    const added = events.react(post, BOB, 'trophy')
    const removed = events.unreact(post, BOB, 'trophy')
    emit(removed.body)
    emit(added.body)
    emit(added.body)
    team.slack.react(post, BOB, 'eyes')
    await settled()
    expect(await labels()).toEqual([])
    team.slack.react(post, BOB, 'trophy')
    await settled()
    expect(await labels()).toEqual([`keep slack:T0FAKE:${BOB}`])
    team.slack.unreact(post, BOB, 'trophy')
    await settled()
    expect(await labels()).toEqual([])
  })

  it('asks nobody about reactions that mean nothing', async () => {
    const before = team.slack.state.calls.length
    team.slack.react(post, BOB, 'eyes')
    const other = team.slack.say({ channel: team.channel, user: ANA, text: 'lunch?' })
    team.slack.react(other, BOB, 'trophy')
    await settled()
    expect(team.slack.state.calls.slice(before)).toEqual([])
  })

  it('tells the one who may not mark a run as invalid, and nobody else', async () => {
    const { db } = team.instance.app.ctx
    const admin = {
      platform: 'slack',
      workspace: 'T0FAKE',
      kind: 'account',
      subject: ANA,
      name: 'ana',
    } as const
    await db
      .insertInto('admins')
      .values({ ...admin, named_by: 'ana', created_at: new Date() })
      .execute()
    team.slack.react(post, BOB, 'no_entry')
    const told = await team.answerHolding('Only admins may', BOB)
    expect(told.visibleTo).toBe(BOB)
    expect(await labels()).toEqual([])
  })
})
