import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChatTransport } from '../../../src/bots/transport.ts'
import { message, paragraph } from '../../../src/messages/build.ts'
import type { Message } from '../../../src/messages/model.ts'
import { shownText, type SlackTeam, startSlackTeam } from '../../support/slack-team.ts'

let team: SlackTeam
let transport: ChatTransport

beforeEach(async () => {
  team = await startSlackTeam()
  const [platform] = team.instance.app.platforms
  if (platform === undefined) throw new Error('no platform')
  transport = platform.transport
})

afterEach(() => team.stop())

const signal = AbortSignal.timeout(60_000)
const to = () => ({ platform: 'slack' as const, workspace: team.slack.state.team, channel: team.channel })

/** One table of each width that we have, hostile cells and links in it. */
function table(accuracy: string): Message {
  const columns = [
    { title: 'Metric', align: 'left' as const },
    { title: 'Value', align: 'right' as const },
  ]
  const rows = [
    [{ text: 'accuracy' }, { text: accuracy, bold: true }],
    [{ text: '<!channel> *x* | y', url: 'https://tracker.example/p/x' }, { text: '```' }],
  ]
  return message('compare', `accuracy ${accuracy}`, [
    paragraph('Compared:'),
    { type: 'table', columns, rows },
  ])
}

const posted = () => {
  const [post, ...others] = team.slack.posts(team.channel)
  expect(others).toEqual([])
  return post
}

describe('a table (C9)', () => {
  it('is Slack’s own where Slack has it', async () => {
    await transport.post(to(), table('0.9'), 'd:1', signal)
    expect(shownText(posted() ?? { text: '', blocks: [] })).toContain('"type":"table"')
  })

  it('is monospaced text where Slack refuses it, posted and edited: one message each time', async () => {
    team.slack.state.knowsTables = false
    const { externalId } = await transport.post(to(), table('0.9'), 'd:1', signal)
    await transport.edit(to(), externalId, table('0.95'), 'd:1', signal)
    const post = posted()
    const shown = shownText(post ?? { text: '', blocks: [] })
    expect(shown).not.toContain('"type":"table"')
    expect(shown).toContain('rich_text_preformatted')
    expect(shown).toContain('0.95')
    expect(shown).toContain('<!channel> *x* | y')
    expect(post?.edits).toEqual(['accuracy 0.9'])
    expect(post?.pings).toEqual([])
    expect(await transport.find(to(), 'd:1', new Date(0), signal)).toEqual({ externalId })
  })

  it('comes once when Slack learns of tables between a post and its edit', async () => {
    team.slack.state.knowsTables = false
    const { externalId } = await transport.post(to(), table('0.9'), 'd:1', signal)
    team.slack.state.knowsTables = true
    await transport.edit(to(), externalId, table('0.95'), 'd:1', signal)
    expect(shownText(posted() ?? { text: '', blocks: [] })).toContain('"type":"table"')
  })

  it('is not sent again when somebody has given the call up: it is looked for instead', async () => {
    team.slack.state.knowsTables = false
    const given = new AbortController()
    const held = Promise.withResolvers<void>()
    team.slack.faults.add('POST', /^\/chat\.postMessage/, { kind: 'slow', until: held.promise })
    const work = transport.post(to(), table('0.9'), 'd:1', given.signal)
    await team.slack.until(() => team.slack.state.calls.includes('chat.postMessage'))
    given.abort()
    await expect(work).rejects.toMatchObject({ kind: 'ambiguous' })
    held.resolve()
    await team.slack.until(() => team.slack.state.answered === team.slack.state.calls.length)
    await transport.edit(to(), '1.1', table('0.9'), 'd:1', signal).catch(() => {})
    expect(team.slack.posts(team.channel)).toEqual([])
  })
})

describe('an answer that only its asker sees (C9)', () => {
  const ask = (text: string) => team.slack.slash({ channel: team.channel, user: 'UANA', text })
  beforeEach(async () => {
    await team.instance.finish({ project: 'churn', metrics: { accuracy: 0.9 }, params: { lr: 0.1 } })
    await team.instance.finish({ project: 'churn', metrics: { accuracy: 0.95 }, params: { lr: 0.2 } })
  })

  it.each([false, true])('comes once, without the table that Slack refuses (in JSON: %s)', async (asJson) => {
    team.slack.state.knowsTables = false
    team.slack.refusals.asJson = asJson
    ask('compare churn#1 churn#2')
    const answer = await team.answerHolding('churn#2')
    expect(shownText(answer)).not.toContain('"type":"table"')
    ask('help')
    await team.answerHolding('What you can ask')
    expect(team.answers()).toHaveLength(2)
  })

  it('is not shown twice when Slack shows it and reports trouble', async () => {
    team.slack.faults.add('POST', /^\/response/, { kind: 'resetAfterStore' })
    ask('compare churn#1 churn#2')
    await team.answerHolding('churn#2')
    ask('help')
    await team.answerHolding('What you can ask')
    expect(team.answers()).toHaveLength(2)
    const compared = team.answers().filter((one) => shownText(one).includes('"type":"table"'))
    expect(compared).toHaveLength(1)
  })
})
