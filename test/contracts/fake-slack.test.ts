import { WebClient } from '@slack/web-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { slackLogger } from '../../src/bots/slack/logger.ts'
import { createLogger } from '../../src/logger.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack/start.ts'
import { createTestClock, type TestClock } from '../support/instance.ts'

const ANA = 'UANA'

let slack: FakeSlack
let client: WebClient
let clock: TestClock
let channel: string

beforeEach(async () => {
  clock = createTestClock()
  slack = await startFakeSlack({ clock })
  client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    logger: slackLogger(createLogger('silent', (line) => line)),
  })
  channel = slack.state.addChannel('experiments')
  slack.state.person(ANA)
})

afterEach(() => slack.stop())

const plain = (text: string) => ({ type: 'plain_text' as const, text })

function modal(title = 'Note', more: object = {}) {
  return {
    type: 'modal' as const,
    title: plain(title),
    submit: plain('Save'),
    blocks: [
      {
        type: 'input' as const,
        block_id: 'text',
        label: plain('Note'),
        element: { type: 'plain_text_input' as const, action_id: 'text', ...more },
      },
    ],
  }
}

const refused = (call: Promise<unknown>, word: string) => expect(call).rejects.toThrow(word)

describe('the fake Slack, asked by the real client', () => {
  it('opens a view once per trigger, within three seconds', async () => {
    const trigger_id = slack.state.nextTrigger(ANA)
    await client.views.open({ trigger_id, view: modal() })
    expect(slack.viewOf(ANA)?.view.title.text).toBe('Note')
    await refused(client.views.open({ trigger_id, view: modal() }), 'exchanged_trigger_id')
    await refused(client.views.open({ trigger_id: 'x', view: modal() }), 'invalid_trigger_id')
    const late = slack.state.nextTrigger(ANA)
    clock.advance(3_001)
    await refused(client.views.open({ trigger_id: late, view: modal() }), 'expired_trigger_id')
  })

  it.each([
    ['a title of 25 characters', modal('x'.repeat(25))],
    ['no submit with inputs', { ...modal(), submit: undefined }],
    ['101 blocks', { ...modal(), blocks: Array.from({ length: 101 }, () => ({ type: 'divider' as const })) }],
    ['long private_metadata', { ...modal(), private_metadata: 'x'.repeat(3_001) }],
    ['a value above its own limit', modal('Note', { max_length: 3, initial_value: 'four' })],
    ['a limit above 3,000', modal('Note', { max_length: 3_001 })],
    [
      'a table in a modal',
      {
        ...modal(),
        blocks: [{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]], column_settings: [] }],
      },
    ],
  ])('refuses a view with %s', async (_name, view) => {
    const trigger_id = slack.state.nextTrigger(ANA)
    await refused(client.views.open({ trigger_id, view: view as never }), 'invalid_arguments')
  })

  it('names the scope that a method needs and those that there are', async () => {
    slack.state.scopes.delete('reactions:write')
    const { ts } = await client.chat.postMessage({ channel, text: 'hello' })
    const error = await client.reactions
      .add({ channel, timestamp: ts ?? '', name: 'memo' })
      .catch((e) => e.data)
    expect(error).toMatchObject({ error: 'missing_scope', needed: 'reactions:write' })
    expect(error.provided).toContain('chat:write')
    const hidden = slack.state.addChannel('secret', { private: true })
    slack.state.scopes.delete('groups:read')
    await refused(client.conversations.info({ channel: hidden }), 'missing_scope')
  })

  it('reacts once to a message that is there', async () => {
    const message = slack.state.store({
      channel,
      threadTs: undefined,
      user: ANA,
      text: 'hi',
      blocks: [],
      metadata: undefined,
      visibleTo: undefined,
    })
    const react = (timestamp: string) => client.reactions.add({ channel, timestamp, name: 'memo' })
    await react(message.ts)
    expect(message.reactions.get('memo')).toEqual(new Set([slack.state.botUser]))
    await refused(react(message.ts), 'already_reacted')
    await refused(react('1.1'), 'message_not_found')
  })

  it('unfurls what was posted and nothing else, each address as it was written', async () => {
    const url = 'https://tracker.example/p/churn/runs/1?a=1&b=2'
    const { message } = slack.events.shareLinks(channel, ANA, [url])
    const blocks = [{ type: 'section' as const, text: plain('hi') }]
    const unfurl = (key: string) =>
      client.chat.unfurl({ channel, ts: message.ts, unfurls: { [key]: { blocks } } })
    await unfurl(url)
    expect([...message.unfurls.keys()]).toEqual([url])
    await refused(unfurl(url.replace('&', '&amp;')), 'cannot_unfurl_url')
    await refused(unfurl('https://tracker.example/other'), 'cannot_unfurl_url')
    expect(() => slack.events.shareLinks(channel, ANA, ['https://elsewhere.example'])).toThrow('domain')
  })

  it('keeps private messages, other people’s messages and the Home tab apart', async () => {
    await client.chat.postEphemeral({ channel, user: ANA, text: 'for you' })
    expect(slack.posts(channel)).toEqual([])
    const said = slack.events.say({ channel, user: ANA, text: 'mine' }).message
    await refused(client.chat.update({ channel, ts: said.ts, text: 'x' }), 'cant_update_message')
    await client.views.publish({ user_id: ANA, view: { type: 'home', blocks: [{ type: 'divider' }] } })
    expect(slack.state.homes.get(ANA)).toMatchObject({ published: 1 })
    const withTitle = { type: 'home', title: plain('x'), blocks: [{ type: 'divider' }] }
    await refused(client.views.publish({ user_id: ANA, view: withTitle as never }), 'invalid_arguments')
  })

  it('tells of nothing that the manifest did not ask for, and of nothing where the bot is no member', () => {
    expect(() => slack.events.body({ type: 'channel_archive' })).toThrow('does not ask for')
    const elsewhere = slack.state.addChannel('elsewhere', { member: false })
    expect(() => slack.events.say({ channel: elsewhere, user: ANA, text: 'x' })).toThrow('no member')
  })
})
