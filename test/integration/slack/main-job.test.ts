import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Timings } from '../../../src/app.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import type { Stored } from '../../support/fake-slack/state.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

const ANA = 'UANA'

let slack: FakeSlack
let instance: Instance
let clock: TestClock
let channel: string
let timings: Partial<Timings> = {}

beforeEach(async () => {
  clock = createMovingClock()
  slack = await startFakeSlack({ clock })
  channel = slack.state.addChannel('experiments')
  const { botToken, appToken, apiUrl } = slack
  instance = await startInstance(
    { slack: { botToken, appToken, signingSecret: undefined, apiUrl } },
    { clock, timings },
  )
  await slack.until(() => slack.sockets.open.size === 2)
})

afterEach(async () => {
  await instance?.stop()
  await slack.stop()
})

function textOf(message: Stored | undefined): string {
  return JSON.stringify(message?.blocks ?? [])
}

/** What ana alone sees, as soon as it holds these words. */
function answerHolding(words: string): Promise<Stored> {
  return slack.until(() =>
    slack.state.messages.find((message) => message.visibleTo === ANA && textOf(message).includes(words)),
  )
}

const say = (text: string) => slack.slash({ channel, user: ANA, text })
const finish = (accuracy: number | string) =>
  instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })

async function watch(): Promise<void> {
  say('watch churn best')
  await answerHolding('hears of new bests')
}

describe('the main job on Slack', () => {
  it('tells four improving runs of one minute in one post with all three records', async () => {
    await watch()
    for (const accuracy of [0.9, 0.91, 0.92, 0.93]) {
      await finish(accuracy)
      clock.advance(10_000)
    }
    await slack.until(() => slack.posts(channel).length === 1)
    clock.advance(60_000)
    const post = await slack.until(() =>
      slack.posts(channel).find((one) => textOf(one).includes('3 new bests')),
    )
    for (const ref of ['churn#2', 'churn#3', 'churn#4']) expect(textOf(post)).toContain(ref)
    expect(slack.posts(channel)).toHaveLength(1)
    expect(post.edits.length).toBeLessThanOrEqual(2)
    expect(post.pings).toEqual([])
    expect(slack.state.violations).toEqual([])
  })

  it('posts later records anew, and the former says by whom it was beaten', async () => {
    await watch()
    for (const accuracy of [0.9, 0.91, 0.92]) {
      await finish(accuracy)
      if (accuracy > 0.9)
        await slack.until(() => slack.posts(channel).some((one) => textOf(one).includes(`→ ${accuracy}`)))
      clock.advance(120_000)
    }
    await slack.until(() => textOf(slack.posts(channel)[0]).includes('beaten by'))
    expect(slack.posts(channel)).toHaveLength(2)
    expect(textOf(slack.posts(channel)[0])).toContain('0.9 → 0.91')
  })

  it('answers the asker alone, acknowledged at once, whatever is escaped on the way', async () => {
    await finish(0.9)
    say('best accuracy in churn where accuracy>0.5 by:@ana')
    const answer = await answerHolding('Best accuracy in churn')
    expect(answer.visibleTo).toBe(ANA)
    expect(slack.posts(channel)).toEqual([])
    for (const { latencyMs } of slack.state.acks) expect(latencyMs).toBeLessThan(3_000)
    expect(slack.sockets.unacknowledged).toBe(0)
  })

  it('puts a wrong name right by a button, asks for a direction, and shares once', async () => {
    await finish(0.9)
    await instance.finish({ project: 'churn', metrics: { foo: 3 } })
    say('best acuracy in churn')
    const wrong = await answerHolding('Did you mean accuracy?')
    slack.click({ message: wrong, button: 'accuracy', user: ANA })
    const best = await answerHolding('Best accuracy in churn')
    slack.click({ message: best, button: 'share', user: ANA })
    await slack.until(() => slack.posts(channel).length === 1)
    expect(textOf(slack.posts(channel)[0])).toContain('Shared by')
    slack.click({ message: best, button: 'share', user: ANA })
    await slack.until(() =>
      slack.state.messages.some(
        ({ text, visibleTo }) => visibleTo === ANA && text.includes('shared already'),
      ),
    )
    expect(slack.posts(channel)).toHaveLength(1)
    say('best foo in churn')
    const question = await answerHolding('Which way is foo better?')
    slack.click({ message: question, button: 'Lower is better', user: ANA })
    await answerHolding('Best foo in churn')
  })

  it('says how to invite the bot where it is not a member', async () => {
    const elsewhere = slack.state.addChannel('elsewhere', { member: false })
    slack.slash({ channel: elsewhere, user: ANA, text: 'watch churn' })
    expect(textOf(await answerHolding('/invite'))).toContain('not a member')
  })

  it('says the same without a native table where Slack refuses one: one message', async () => {
    slack.state.knowsTables = false
    await finish(0.9)
    await finish(0.95)
    say('compare churn#1 churn#2')
    const answer = await answerHolding('churn#1 against churn#2')
    expect(textOf(answer)).not.toContain('"table"')
    expect(slack.state.messages.filter(({ visibleTo }) => visibleTo === ANA)).toHaveLength(1)
  })

  it('leads to help from nothing and from an unknown word', async () => {
    say('')
    await answerHolding('What you can ask')
    say('bets accuracy')
    expect(textOf(await answerHolding('no command called'))).toContain('best')
  })
})

describe('when Slack has its troubles', () => {
  it.each(['http500', 'resetBeforeStore', 'resetAfterStore', 'acceptThenTimeout', 'malformed'] as const)(
    'a new best is posted once after %s',
    async (kind) => {
      await watch()
      await finish(0.9)
      slack.faults.add('POST', /^\/chat\.postMessage/, { kind })
      await finish(0.95)
      const posted = () => {
        clock.advance(3_000)
        return slack.posts(channel).length
      }
      await expect.poll(posted, { timeout: 20_000, interval: 200 }).toBe(1)
      const open = () => {
        clock.advance(3_000)
        return instance.app.ctx.db
          .selectFrom('deliveries')
          .select('id')
          .where('status', '!=', 'sent')
          .execute()
      }
      await expect.poll(async () => (await open()).length, { timeout: 20_000, interval: 200 }).toBe(0)
      expect(slack.faults.left).toBe(0)
      expect(slack.posts(channel)).toHaveLength(1)
    },
    60_000,
  )

  it('pauses a route after five refusals, tells whoever asked directly, and resumes on watch', async () => {
    await watch()
    await finish(0.9)
    const place = slack.state.channels.get(channel)
    if (place !== undefined) place.gone = true
    await finish(0.95)
    const direct = () => {
      clock.advance(61_000)
      return slack.state.messages.find((message) => slack.state.channels.get(message.channel)?.user === ANA)
    }
    await expect.poll(direct, { timeout: 20_000, interval: 200 }).toBeDefined()
    expect(textOf(direct())).toContain('Messages are paused')
    if (place !== undefined) place.gone = false
    say('watch churn best')
    await slack.until(() => slack.state.messages.filter(({ visibleTo }) => visibleTo === ANA).length === 2)
    clock.advance(120_000)
    await finish(0.99)
    await slack.until(() => slack.posts(channel).length === 1)
  }, 60_000)

  it('loses no command over refreshed and killed sockets and a refused reconnect', async () => {
    let asked = 0
    for (let round = 0; round < 6; round++) {
      for (let command = 0; command < 10; command++) {
        say('projects')
        asked += 1
      }
      await slack.until(() => slack.state.acks.length === asked)
      slack.sockets.refresh()
      say('projects')
      asked += 1
      await slack.until(() => slack.sockets.open.size === 2, 10_000)
    }
    slack.sockets.refusing = 'account_inactive'
    slack.sockets.kill()
    await expect.poll(async () => JSON.stringify(await instance.app.checks())).toContain('account_inactive')
    expect((await instance.api('GET', '/readyz')).status).toBe(200)
    slack.sockets.refusing = undefined
    await slack.until(() => slack.sockets.open.size === 2, 20_000)
    say('projects')
    await slack.until(() => slack.state.acks.length === asked + 1)
    expect(slack.sockets.unacknowledged).toBe(0)
  }, 90_000)

  it('survives frames that make no sense, and acknowledges what tells of a rate limit', async () => {
    await slack.acked(slack.tellRateLimited())
    slack.sockets.sendRaw({ type: 'events_api', envelope_id: 'x', payload: { type: 'app_rate_limited' } })
    slack.sockets.sendRaw({ type: 'events_api', envelope_id: 'y', payload: {} })
    slack.sockets.sendRaw('not json')
    say('projects')
    await slack.until(() => slack.state.acks.some(({ kind }) => kind === 'slash_commands'))
  })

  it('with a revoked token everything else goes on, and /readyz says what to do', async () => {
    await watch()
    await finish(0.9)
    slack.state.revoked = true
    await finish(0.95)
    const health = async () => (await instance.app.checks()).find(({ name }) => name === 'slack')
    await expect.poll(async () => (await health())?.ok, { timeout: 10_000 }).toBe(false)
    expect((await health())?.fix).toContain('SLACK_BOT_TOKEN')
    expect((await instance.api('GET', '/readyz')).status).toBe(200)
    slack.state.revoked = false
    const posted = () => {
      clock.advance(61_000)
      return slack.posts(channel).length
    }
    await expect.poll(posted, { timeout: 20_000, interval: 200 }).toBe(1)
  }, 60_000)
})

describe("at the interval that Slack's limit asks for", () => {
  beforeAll(() => {
    timings = { slackPostIntervalMs: 1_000 }
  })
  afterAll(() => {
    timings = {}
  })

  it('keeps to one post a second in a channel, in order', async () => {
    slack.limiter.perSecond = true
    say('watch churn failed')
    await answerHolding('failed and lost runs')
    for (let run = 1; run <= 4; run++)
      await instance.finish({ project: 'churn', status: 'failed', name: `run ${run}` })
    const posted = () => {
      clock.advance(1_000)
      return slack.posts(channel).length
    }
    await expect.poll(posted, { timeout: 20_000, interval: 300 }).toBe(4)
    const deliveries = await instance.app.ctx.db
      .selectFrom('deliveries')
      .select('message')
      .orderBy('id')
      .execute()
    const planned = deliveries.map(({ message }) => JSON.stringify(message).match(/churn#(\d)/)?.[1])
    expect(new Set(planned)).toEqual(new Set(['1', '2', '3', '4']))
    expect(slack.posts(channel).map((post) => textOf(post).match(/churn#(\d)/)?.[1])).toEqual(planned)
    expect(slack.state.calls.filter((call) => call === 'chat.postMessage')).toHaveLength(4)
  }, 60_000)
})
