import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inspectAnswer } from '../../../src/bots/slack/inspect-address.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { ensureChannel } from '../../../src/domain/channels/ensure-channel.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import { ADMIN_TOKEN } from '../../support/instance.ts'
import { runDoctor } from '../../support/run-doctor.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { startSlackTeam } from '../../support/slack-team.ts'

let test: TestContext
let slack: FakeSlack

beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())
beforeEach(async () => {
  slack = await startFakeSlack()
})
afterEach(async () => {
  await slack.stop()
  await test.db.deleteFrom('subscriptions').execute()
  await test.db.deleteFrom('channels').execute()
})

const examine = (env: Record<string, string> = {}) =>
  runDoctor('Slack', {
    DATABASE_URL: test.url,
    EXPEDITER_TOKEN: ADMIN_TOKEN,
    PUBLIC_URL: 'https://tracker.example',
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ...env,
  })

async function watched(name: string, workspace = slack.state.team): Promise<string> {
  const channel = slack.state.addChannel(name)
  await transaction(test.db, async (trx) => {
    const { id } = await ensureChannel(trx, test.ctx, { platform: 'slack', workspace, channel, name })
    const row = {
      channel_id: id,
      project: 'churn',
      events: ['best'],
      created_by: 'u',
      created_at: new Date(),
    }
    await trx.insertInto('subscriptions').values(row).execute()
  })
  return channel
}

const change = async (channel: Promise<string>, how: object) =>
  Object.assign(slack.state.channels.get(await channel) ?? {}, how)

describe('the doctor on Slack', () => {
  it('finds everything well, and changes nothing', async () => {
    await watched('experiments')
    const { code, lines } = await examine()
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'ok Slack connected to Fake as expediter',
      'ok Slack all scopes are granted',
      'ok Slack Socket Mode answers',
      'ok Slack #experiments: the bot is a member',
    ])
    expect(code).toBe(0)
    expect(slack.state.calls).toEqual([
      'auth.test',
      'apps.connections.open',
      'bots.info',
      'conversations.info',
    ])
  })

  it('names each scope that is missing, and why it is needed', async () => {
    for (const scope of ['reactions:read', 'links:write', 'usergroups:read']) slack.state.scopes.delete(scope)
    const { code, lines } = await examine()
    const problems = lines.filter((line) => line.startsWith('PROBLEM'))
    expect(problems).toHaveLength(3)
    expect(problems.join('\n')).toMatch(
      /reactions:read is not granted: .*labels -> .*manifest slack.*Reinstall/,
    )
    expect(problems.join('\n')).toContain('links:write')
    expect(code).toBe(1)
    expect((await examine({ PUBLIC_URL: 'http://127.0.0.1:3000' })).lines.join('\n')).not.toContain(
      'links:write',
    )
  })

  it.each<[string, () => unknown, RegExp]>([
    [
      'a clock that is off',
      () => {
        slack.state.skewMs = 600_000
      },
      /clock is (599|600|601) s off -> Set the clock/,
    ],
    [
      'tokens of two apps',
      () => {
        slack.state.appId = 'A2'
      },
      /SLACK_APP_TOKEN is of the app A1, SLACK_BOT_TOKEN of A2 -> .*same app/,
    ],
    [
      'a channel without the bot',
      () => change(watched('out'), { member: false }),
      /#out: the bot is not a member -> Type \/invite/,
    ],
    [
      'a private channel without the bot',
      () => change(watched('secret'), { member: false, private: true }),
      /#secret: channel_not_found -> Type \/invite/,
    ],
    ['an archived channel', () => change(watched('old'), { archived: true }), /#old is archived -> /],
    [
      'a channel that is gone',
      () => change(watched('gone'), { gone: true }),
      /#gone: channel_not_found -> .*watch another/,
    ],
    [
      'a channel of another workspace',
      () => watched('far', 'T-OTHER'),
      /#far is in another workspace \(T-OTHER\) -> /,
    ],
  ])('names %s with the next step', async (_what, prepare, says) => {
    await prepare()
    const { code, lines } = await examine()
    const problems = lines.filter((line) => line.startsWith('PROBLEM'))
    expect(problems.join('\n')).toMatch(says)
    expect(problems).toHaveLength(1)
    expect(code).toBe(1)
  })

  it.each([
    [{ SLACK_BOT_TOKEN: 'xoxb-wrong' }, /auth.test: invalid_auth -> .*SLACK_BOT_TOKEN/],
    [{ SLACK_BOT_TOKEN: 'xapp-1-A1-x' }, /SLACK_BOT_TOKEN is an app-level token -> .*xoxb/],
    [{ SLACK_BOT_TOKEN: 'xoxp-1' }, /token of a person, not of the bot -> .*xoxb/],
    [
      { SLACK_APP_TOKEN: 'xapp-1-A1-wrong' },
      /Socket Mode: invalid_auth -> .*connections:write.*SLACK_APP_TOKEN/,
    ],
    [{ SLACK_APP_TOKEN: 'xoxb-fake-bot-token' }, /SLACK_APP_TOKEN is not an app-level token -> .*xapp/],
  ])('says what to copy where for %o', async (env, says) => {
    const { code, lines } = await examine(env)
    expect(lines.filter((line) => line.startsWith('PROBLEM')).join('\n')).toMatch(says)
    expect(code).toBe(1)
  })

  it('waits when Slack asks for patience', async () => {
    await watched('busy')
    slack.faults.add('POST', /^\/conversations\.info/, { kind: 'http429', retryAfter: 1 })
    expect((await examine()).lines.at(-1)).toContain('#busy: the bot is a member')
  })

  it.each([
    [
      'http://127.0.0.1:3000',
      [/posts to https only -> /, /cannot reach this machine there -> .*Socket Mode/],
    ],
    ['https://10.0.0.7', [/cannot reach this machine there -> /]],
    ['https://tracker', [/cannot reach this machine there -> /]],
  ])('over HTTP says whether Slack can come to %s', async (publicUrl, says) => {
    const { lines } = await examine({
      PUBLIC_URL: publicUrl,
      SLACK_APP_TOKEN: '',
      SLACK_SIGNING_SECRET: 'secret',
    })
    const problems = lines.filter((line) => line.startsWith('PROBLEM') && !line.includes('scope'))
    expect(problems).toHaveLength(says.length)
    says.forEach((what, index) => expect(problems[index]).toMatch(what))
  })

  it('says so when Slack cannot be reached, or something else answers', async () => {
    slack.faults.add('POST', /^\/auth\.test/, { kind: 'http500' })
    expect((await examine()).lines.join('\n')).toMatch(/auth.test: HTTP 500.* -> Check the network/)
    const gone = await startFakeSlack()
    await gone.stop()
    expect((await examine({ SLACK_API_URL: gone.apiUrl })).lines[0]).toMatch(
      /ECONNREFUSED.* -> Check the network/,
    )
  })
})

describe('the address over HTTP', () => {
  it('is well when our own server refuses what is not signed', async () => {
    const team = await startSlackTeam({ mode: 'http' })
    expect(await inspectAnswer(`${team.instance.url}/slack/events`)).toMatchObject({ ok: true })
    expect(await inspectAnswer(`${team.instance.url}/healthz`)).toMatchObject({
      ok: false,
      fix: expect.stringContaining('unchanged'),
    })
    expect(await inspectAnswer('http://127.0.0.1:1/slack/events')).toMatchObject({
      ok: false,
      fix: expect.stringContaining('Start it'),
    })
    await team.stop()
  })
})
