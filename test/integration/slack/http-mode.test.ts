import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { createMovingClock, type Instance, startInstance } from '../../support/instance.ts'

const ANA = 'UANA'

let slack: FakeSlack
let instance: Instance
let channel: string
let url: string

beforeEach(async () => {
  const clock = createMovingClock()
  slack = await startFakeSlack({ clock })
  channel = slack.state.addChannel('experiments')
  const { botToken, signingSecret, apiUrl } = slack
  instance = await startInstance(
    { slack: { botToken, appToken: undefined, signingSecret, apiUrl } },
    { clock },
  )
  url = `${instance.url}/slack/events`
})

afterEach(async () => {
  await instance?.stop()
  await slack.stop()
})

const answers = () => slack.state.messages.filter(({ visibleTo }) => visibleTo === ANA)

describe('Slack over HTTP', () => {
  it('answers a signed command and a click, acknowledged at once', async () => {
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.9 } })
    expect(
      await slack.overHttp(url, slack.slashForm({ channel, user: ANA, text: 'best acuracy' })),
    ).toMatchObject({ status: 200 })
    const wrong = await slack.until(() => answers()[0])
    const type = 'application/x-www-form-urlencoded; charset=utf-8'
    expect(
      await slack.overHttp(url, slack.clickForm({ message: wrong, button: 'accuracy', user: ANA }), { type }),
    ).toMatchObject({ status: 200 })
    await slack.until(() => JSON.stringify(answers()[1]?.blocks ?? []).includes('Best accuracy'))
  })

  it('refuses what is tampered, stale, from the future, badly signed or replayed: 401 and no effect', async () => {
    const body = slack.slashForm({ channel, user: ANA, text: 'watch churn' })
    const refused = [
      await slack.overHttp(url, body, { sent: body.replace('watch', 'unwatch') }),
      await slack.overHttp(url, body, { skewS: -301 }),
      await slack.overHttp(url, body, { skewS: 301 }),
      await slack.overHttp(url, body, { secret: 'another secret' }),
      await slack.overHttp(url, body, { headers: {} }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
    expect(answers()).toEqual([])
    const first = await slack.overHttp(url, body)
    expect(first.status).toBe(200)
    await slack.until(() => answers().length === 1)
    expect((await slack.overHttp(url, body, { headers: first.headers })).status).toBe(401)
    expect(answers()).toHaveLength(1)
    expect(await instance.app.ctx.db.selectFrom('subscriptions').select('id').execute()).toHaveLength(1)
  })

  it('answers the challenge, and nothing but POST at its own address', async () => {
    const challenge = JSON.stringify({ type: 'url_verification', challenge: 'abc' })
    expect(await slack.overHttp(url, challenge, { type: 'application/json' })).toMatchObject({
      status: 200,
      text: '{"challenge":"abc"}',
    })
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(`${instance.url}/slack/other`, { method: 'POST' })).status).toBe(404)
  })

  it('meets 1,000 bodies of any kind without a 5xx or a write', async () => {
    const { db } = instance.app.ctx
    const counts = async () =>
      JSON.stringify([
        await db.selectFrom('runs').select('id').execute(),
        await db.selectFrom('subscriptions').select('id').execute(),
        await db.selectFrom('audit').select('id').execute(),
      ])
    const before = await counts()
    const junk = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ payload: fc.oneof(fc.json(), fc.constant('null'), fc.string()) })
        .map((form) => new URLSearchParams(form).toString()),
      fc.dictionary(fc.string(), fc.string()).map((form) => new URLSearchParams(form).toString()),
      fc
        .record({
          command: fc.constant('/exp'),
          text: fc.string(),
          team_id: fc.string(),
          channel_id: fc.string(),
          user_id: fc.string(),
        })
        .map((form) => new URLSearchParams(form).toString()),
    )
    const types = fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded; charset=utf-8',
    )
    await fc.assert(
      fc.asyncProperty(junk, types, async (body, type) => {
        const { status } = await slack.overHttp(url, body, { type })
        expect(status).toBeLessThan(500)
      }),
      fuzzRuns(150),
    )
    expect(await counts()).toBe(before)
  }, 600_000)
})
