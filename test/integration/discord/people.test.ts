import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import type { Stored } from '../../support/fake-discord/state.ts'
import { createTestClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

let discord: FakeDiscord
let instance: Instance
let clock: TestClock
let channel: string
let ana: string
let ben: string
let leads: string

beforeEach(async () => {
  clock = createTestClock(new Date())
  discord = await startFakeDiscord({ clock })
  channel = discord.addChannel('experiments')
  ana = discord.addUser('silva')
  ben = discord.addUser('ben')
  leads = discord.state.addRole('ml-leads')
  const config = { discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl } }
  instance = await startInstance(config, { clock })
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
})
afterEach(async () => {
  await instance.stop()
  await discord.stop()
})

const textOf = ({ raw }: Stored) => JSON.stringify([raw.content, raw.embeds])

async function say(command: string, options: Record<string, string>, holds: string, user = ana) {
  discord.slash({ channel, user, command, options })
  return await discord.until(() =>
    discord.state.messages.find((message) => message.visibleTo === user && textOf(message).includes(holds)),
  )
}

/** Every event was handled, so that what follows from it is planned. */
async function handled(): Promise<void> {
  const read = () => instance.app.ctx.db.selectFrom('outbox').select('id').execute()
  await expect.poll(read, { timeout: 20_000 }).toEqual([])
}

async function fail(owner: string, line: string): Promise<string> {
  const { run } = await instance.finish({ project: 'churn', owner, status: 'running' })
  await instance.api('POST', `/api/v1/runs/${run.id}/logs`, { lines: [line] })
  await instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
  return run.ref
}

it('mentions the owner of a failed run once, and edits ring nobody', async () => {
  await say('exp-setup iam', { name: 'ana' }, 'You are ana here')
  await say('exp watch', { project: 'churn' }, 'hears of')
  const line = `Error: @everyone @here <@${ben}> <@&${discord.guildId}>`
  const ref = await fail('ana', line)
  const post = await discord.until(() => discord.posts(channel).find((one) => textOf(one).includes(ref)))
  expect(post.pings).toEqual([ana])
  expect(post.raw.content).toMatch(new RegExp(`<@${ana}>$`))
  const joined = await fail('ana', line)
  await handled()
  clock.advance(20_000)
  await discord.until(() => textOf(post).includes(joined))
  expect(post.edits.length).toBeGreaterThan(0)
  expect(post.raw.content).not.toContain(`<@${ana}>`)
  expect(discord.state.messages.flatMap(({ pings }) => pings)).toEqual([ana])
})

it('names an owner whom nobody linked', async () => {
  await say('exp watch', { project: 'churn' }, 'hears of')
  await fail('ana', 'boom')
  const post = await discord.until(() => discord.posts(channel)[0])
  expect(textOf(post)).toContain('ana')
  expect(discord.state.messages.flatMap(({ pings }) => pings)).toEqual([])
})

it('lets those with a role that was named set a goal, and tells others who can', async () => {
  discord.state.setRoles(ana, [...discord.state.rolesOf(ana), leads])
  await instance.finish({ project: 'churn', metrics: { foo: 1 } })
  const add = { action: 'add', who: `<@&${leads}>` }
  await say('exp-setup admins', add, 'The role ml-leads is an admin now.')
  const goal = { metric: 'foo', direction: 'max', project: 'churn' }
  await say('exp-setup goal', goal, 'the role ml-leads', ben)
  await say('exp-setup goal', goal, 'higher is better')
})

it('finds the runs of an account that was mentioned, linked or not', async () => {
  await say('exp-setup iam', { name: 'ana' }, 'You are ana here')
  await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
  await instance.finish({ project: 'churn', owner: 'ben', metrics: { accuracy: 0.8 } })
  const linked = await say('exp runs', { filter: `by:<@${ana}>`, project: 'churn' }, '1 run in churn', ben)
  expect(textOf(linked)).toContain('churn#1')
  const best = { metric: 'accuracy', project: 'churn', where: `by:<@!${ben}>` }
  expect(textOf(await say('exp best', best, 'Best accuracy'))).toContain('churn#2')
})
