import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import type { Stored } from '../../support/fake-slack/state.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

const [ANA, BEN] = ['UANA', 'UBEN']
/** What a log line may hold to ring somebody. */
const RINGING = 'Error: <!channel> <@UBEN> @here <!subteam^S1> &lt;@UBEN&gt;'

let slack: FakeSlack
let instance: Instance
let clock: TestClock
let channel: string

beforeEach(async () => {
  clock = createMovingClock()
  slack = await startFakeSlack({ clock })
  channel = slack.state.addChannel('experiments')
  const { botToken, appToken, apiUrl } = slack
  const config = { slack: { botToken, appToken, signingSecret: undefined, apiUrl } }
  instance = await startInstance(config, { clock })
  await slack.until(() => slack.sockets.open.size === 2)
})
afterEach(async () => {
  await instance?.stop()
  await slack.stop()
})

const textOf = (message: Stored | undefined) => JSON.stringify(message?.blocks ?? [])

function answer(words: string, user = ANA): Promise<Stored> {
  return slack.until(() =>
    slack.state.messages.find((message) => message.visibleTo === user && textOf(message).includes(words)),
  )
}

async function say(text: string, words: string, user = ANA, at = channel): Promise<Stored> {
  slack.slash({ channel: at, user, text })
  return await answer(words, user)
}

/** Every event was handled, so that what follows from it is planned. */
async function handled(): Promise<void> {
  const read = () => instance.app.ctx.db.selectFrom('outbox').select('id').execute()
  await expect.poll(read, { timeout: 20_000 }).toEqual([])
}

async function fail(owner: string, line = 'boom'): Promise<string> {
  const { run } = await instance.finish({ project: 'churn', owner, status: 'running' })
  await instance.api('POST', `/api/v1/runs/${run.id}/logs`, { lines: [line] })
  await instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
  return run.ref
}

const postOf = (ref: string, at = channel) =>
  slack.until(() => slack.posts(at).find((post) => textOf(post).includes(`Run failed: ${ref}`)))

it('mentions the owner of a failed run once, by the linked account, and nobody else', async () => {
  const second = slack.state.addChannel('second')
  await say('iam ana', 'You are ')
  await say('watch churn', 'hears of')
  slack.slash({ channel: second, user: ANA, text: 'watch churn' })
  await slack.until(
    () => slack.state.messages.filter((message) => textOf(message).includes('hears of')).length === 2,
  )
  const ref = await fail('Ana', RINGING)
  const post = await postOf(ref)
  const other = await postOf(ref, second)
  expect([...post.pings, ...other.pings]).toEqual([ANA])
  expect(textOf(post)).toContain('Ana (')
  // A second run with the same error joins the message: an edit, which rings nobody.
  const joined = await fail('Ana', RINGING)
  await handled()
  clock.advance(20_000)
  await slack.until(() => textOf(post).includes(`Same error: ${joined} by Ana too.`))
  expect(post.pings).toEqual([ANA])
  expect(textOf(post)).not.toContain(ANA)
  expect(slack.state.messages.flatMap(({ pings }) => pings)).toEqual([ANA])
})

it('names an owner whom nobody linked, and rings nobody for a new best or a killed run', async () => {
  await say('iam ben', 'You are ', BEN)
  await say('watch churn best,failed,killed', 'hears of')
  const post = await postOf(await fail('ana', RINGING))
  expect(textOf(post)).toContain('"ana"')
  for (const accuracy of [0.9, 0.95])
    await instance.finish({ project: 'churn', owner: 'ben', metrics: { accuracy } })
  await instance.finish({ project: 'churn', owner: 'ben', status: 'killed' })
  await slack.until(() => slack.posts(channel).length === 4)
  expect(slack.state.messages.flatMap(({ pings }) => pings)).toEqual([])
})

it('tells of a lost run with a mention, and of its return without', async () => {
  await say('iam ana', 'You are ')
  await say('watch churn', 'hears of')
  const { run } = await instance.finish({ project: 'churn', owner: 'ana', status: 'running', heartbeat_s: 1 })
  clock.advance(10 * 60_000)
  const post = await slack.until(() => slack.posts(channel).find((one) => textOf(one).includes('Run lost')))
  expect(post.pings).toEqual([ANA])
  await instance.api('POST', `/api/v1/runs/${run.id}/heartbeat`)
  await slack.until(() => textOf(post).includes('Running again'))
  expect(post.pings).toEqual([ANA])
})

it('asks Slack who is in a user group that was named as admin', async () => {
  slack.state.groups.set('S0LEADS', { handle: 'ml-leads', users: [ANA] })
  await instance.finish({ project: 'churn', metrics: { foo: 1 } })
  await say('admins add role @ml-leads', 'The role ml-leads is an admin now.')
  await say('goal foo max in churn', 'Only admins may', BEN)
  await say('goal foo max in churn', 'higher is better')
  slack.state.scopes.delete('usergroups:read')
  await say('goal foo min in churn', 'reinstall the app from its manifest')
})

it('finds the runs of an account by its id, whatever Slack calls it', async () => {
  await say('iam ana', 'You are ')
  await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
  await instance.finish({ project: 'churn', owner: 'ben', metrics: { accuracy: 0.8 } })
  slack.state.person(ANA).name = 'quite.different'
  const found = await say('runs in churn by:@quite.different', '1 run in churn', BEN)
  expect(textOf(found)).toContain('churn#1')
  expect(textOf(await say('best accuracy in churn by:me', 'Best accuracy'))).toContain('churn#1')
  await say('runs in churn by:me', '/exp iam <name>', BEN)
})
