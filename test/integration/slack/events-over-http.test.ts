import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postedMessage } from '../../support/posted-message.ts'
import { BOB, type SlackTeam, startSlackTeam } from '../../support/slack-team.ts'

let team: SlackTeam
let url: string
let post: string
const type = 'application/json'

beforeEach(async () => {
  team = await startSlackTeam({ mode: 'http' })
  url = `${team.instance.url}/slack/events`
  const { ctx } = team.instance.app
  const { run } = await team.instance.finish({ project: 'churn', metrics: { accuracy: 0.9 } })
  const { state } = team.slack
  const message = {
    channel: team.channel,
    threadTs: undefined,
    text: 'a best',
    blocks: [],
    metadata: undefined,
  }
  post = state.store({ ...message, visibleTo: undefined }).ts
  await postedMessage(
    { db: ctx.db, ctx },
    { message: post, about: [run.id], workspace: state.team, channel: team.channel },
  )
})

afterEach(() => team.stop())

const reply = (text: string) =>
  team.slack.events.say({ channel: team.channel, user: BOB, text, thread: post }).body
const send = (body: object, how: object = {}) =>
  team.slack.overHttp(url, JSON.stringify(body), { type, ...how })
const notes = async () =>
  (await team.instance.app.ctx.db.selectFrom('notes').select('text').orderBy('id').execute()).map(
    ({ text }) => text,
  )

describe('events over HTTP', () => {
  it('are answered once they are stored; one that was not comes again, unchanged or signed anew', async () => {
    const { db } = team.instance.app.ctx
    const body = reply('kept')
    await sql`alter table notes rename to notes_away`.execute(db)
    const failed = await send(body)
    expect(failed.status).toBe(503)
    await sql`alter table notes_away rename to notes`.execute(db)
    expect((await send(body, { headers: failed.headers, retry: 1 })).status).toBe(200)
    expect(await notes()).toEqual(['kept'])
    team.clock.advance(60_000)
    expect((await send(body, { retry: 2 })).status).toBe(200)
    expect(await notes()).toEqual(['kept'])
    expect(team.slack.state.calls.filter((call) => call === 'reactions.add')).toHaveLength(1)
  })

  it('count once: the same bytes with the same signature are refused', async () => {
    const body = reply('once')
    const first = await send(body)
    expect(first.status).toBe(200)
    expect((await send(body, { headers: first.headers })).status).toBe(401)
    expect((await send({ ...body, team_id: 'T-OTHER' }, { headers: first.headers })).status).toBe(401)
    expect(await notes()).toEqual(['once'])
  })

  it('that nobody hears, that make no sense, or that tell of a rate limit are answered too', async () => {
    expect((await send({ ...reply('x'), event: null })).status).toBe(400)
    expect((await send({ ...reply('x'), event: { type: 'channel_archive' } })).status).toBe(200)
    for (const event of [
      { type: 'message' },
      { type: 'message', subtype: 'message_changed' },
      { type: 'reaction_added', item: {} },
    ])
      expect((await send({ ...reply('x'), event, event_id: JSON.stringify(event) })).status).toBe(200)
    const unreadable = { type: 'message', channel: 7 }
    expect((await send({ ...reply('x'), event: unreadable })).status).toBe(400)
    const limited = { type: 'app_rate_limited', team_id: 'T0FAKE', minute_rate_limited: 1, api_app_id: 'A1' }
    expect((await send(limited)).status).toBe(200)
    expect(await notes()).toEqual([])
  })

  it('selects and forms are answered at the same address', async () => {
    const options = await team.slack.overHttp(
      url,
      team.slack.suggestionForm({ action: 'exp:pick:run', typed: 'churn', user: BOB }),
    )
    expect(JSON.parse(options.text)).toMatchObject({ options: [{ value: 'churn#1' }] })
    const view = { id: 'V1', user: BOB, hash: 'h', open: true, errors: {}, view: FORM_VIEW(team.channel) }
    const refused = await team.slack.overHttp(
      url,
      team.slack.submissionForm({ view, user: BOB, values: { text: ' ' } }),
    )
    expect(JSON.parse(refused.text)).toMatchObject({
      response_action: 'errors',
      errors: { text: expect.any(String) },
    })
    const taken = await team.slack.overHttp(
      url,
      team.slack.submissionForm({ view, user: BOB, values: { text: 'by form' } }),
    )
    expect(taken).toMatchObject({ status: 200, text: '' })
    expect(await notes()).toEqual(['by form'])
  })
})

const FORM_VIEW = (channel: string) => ({
  type: 'modal',
  callback_id: 'exp:form',
  private_metadata: JSON.stringify({ form: { run: 'churn#1' }, channel }),
  blocks: [{ type: 'input', block_id: 'text', element: { type: 'plain_text_input', action_id: 'text' } }],
})
