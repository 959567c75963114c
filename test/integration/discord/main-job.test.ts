import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { createTestClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

let discord: FakeDiscord
let instance: Instance
let clock: TestClock
let channel: string
let user: string

beforeEach(async () => {
  clock = createTestClock(new Date())
  discord = await startFakeDiscord({ clock })
  channel = discord.addChannel('experiments')
  user = discord.addUser('ana')
  instance = await startInstance(
    { discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl } },
    { clock },
  )
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
})

afterEach(async () => {
  await instance.stop()
  await discord.stop()
})

/** The text of the newest message that only its asker sees. */
async function answerHolding(holds: string) {
  return await discord.until(() =>
    discord.state.messages.find((message) => message.visibleTo === user && textOf(message).includes(holds)),
  )
}

function textOf({
  raw,
}: {
  raw: { content?: string; embeds?: { title?: string; description?: string }[] }
}): string {
  return [raw.content, ...(raw.embeds ?? []).flatMap(({ title, description }) => [title, description])].join(
    '\n',
  )
}

async function watch(): Promise<void> {
  discord.slash({ channel, user, command: 'exp watch', options: { project: 'churn', events: 'best' } })
  await answerHolding('hears of new bests')
}

describe('the main job on Discord', () => {
  it('tells four improving runs of one minute in one post with all three records', async () => {
    await watch()
    for (const accuracy of [0.9, 0.91, 0.92, 0.93]) {
      await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
      clock.advance(10_000)
    }
    await discord.until(() => discord.posts(channel).length === 1)
    clock.advance(60_000)
    const post = await discord.until(() =>
      discord.posts(channel).find((one) => textOf(one).includes('3 new bests')),
    )
    for (const ref of ['churn#2', 'churn#3', 'churn#4']) expect(textOf(post)).toContain(ref)
    expect(textOf(post)).toContain('3 new bests')
    expect(discord.posts(channel)).toHaveLength(1)
    expect(post.edits.length).toBeLessThanOrEqual(2)
    expect(post.pings).toEqual([])
  })

  it('posts records that are more than a minute apart anew and says by whom the former was beaten', async () => {
    await watch()
    for (const accuracy of [0.9, 0.91, 0.92]) {
      await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
      if (accuracy > 0.9)
        await discord.until(() =>
          discord.posts(channel).some((one) => textOf(one).includes(String(accuracy))),
        )
      clock.advance(120_000)
    }
    const [former] = discord.posts(channel)
    expect(discord.posts(channel)).toHaveLength(2)
    await discord.until(() => textOf(former as never).includes('beaten by'))
    expect(textOf(former as never)).toContain('0.9 → 0.91')
  })

  it('answers best for the asker alone, within a second', async () => {
    await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
    discord.slash({ channel, user, command: 'exp best', options: { metric: 'accuracy', project: 'churn' } })
    const answer = await answerHolding('Best accuracy in churn')
    expect(answer.visibleTo).toBe(user)
    expect(discord.posts(channel)).toHaveLength(0)
    for (const { latencyMs } of discord.state.acks) expect(latencyMs).toBeLessThan(3_000)
  })

  it('is silent for a tie, NaN and a gain below min_delta', async () => {
    await watch()
    await instance.api('PUT', '/api/v1/projects/churn/metrics/accuracy', { min_delta: 0.01 })
    for (const accuracy of [0.9, 0.9, 'NaN', 0.905])
      await instance.finish({ project: 'churn', metrics: { accuracy } })
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.92 } })
    await discord.until(() => discord.posts(channel).length === 1)
    expect(textOf(discord.posts(channel)[0] as never)).toContain('0.9 → 0.92')
  })

  it('asks which way is better, and one click settles and answers it', async () => {
    await instance.finish({ project: 'churn', metrics: { foo: 3 } })
    await instance.finish({ project: 'churn', metrics: { foo: 5 } })
    discord.slash({ channel, user, command: 'exp best', options: { metric: 'foo', project: 'churn' } })
    const question = await answerHolding('Which way is foo better?')
    const button = JSON.stringify(question.raw.components).match(/exp:a:[a-z0-9]+:min/)?.[0] ?? ''
    discord.click({ messageId: question.raw.id, customId: button, user })
    const answer = await answerHolding('Best foo in churn')
    expect(textOf(answer)).toContain('churn#1')
  })

  it('shares what was seen once', async () => {
    await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
    discord.slash({ channel, user, command: 'exp best', options: { metric: 'accuracy' } })
    const answer = await answerHolding('Best accuracy in churn')
    const share = JSON.stringify(answer.raw.components).match(/exp:a:[a-z0-9]+:share/)?.[0] ?? ''
    discord.click({ messageId: answer.raw.id, customId: share, user })
    await discord.until(() => discord.posts(channel).length === 1)
    expect(textOf(discord.posts(channel)[0] as never)).toContain('Shared by ana')
    discord.click({ messageId: answer.raw.id, customId: share, user })
    await answerHolding('shared already')
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it('completes the others when some names are longer than Discord takes', async () => {
    await instance.finish({ project: 'p'.repeat(128), metrics: { ['a'.repeat(120)]: 1, accuracy: 0.9 } })
    await instance.finish({ project: 'pet', name: `${'x'.repeat(120)}\u202e`, metrics: { accuracy: 0.9 } })
    const completed = (focused: string, command: string, typed: string) =>
      discord.autocomplete({ channel, user, command, options: { [focused]: typed }, focused })
    expect((await completed('project', 'exp best', 'p')).map(({ value }) => value)).toEqual(['pet'])
    expect((await completed('metric', 'exp best', 'a')).map(({ value }) => value)).toEqual(['accuracy'])
    const runs = await completed('run', 'exp show', 'x')
    expect(runs.map(({ value, name }) => [value, String(name).length])).toEqual([['pet#1', 100]])
  })

  it('completes metrics, projects and runs', async () => {
    await instance.finish({ project: 'churn', owner: 'ana', name: 'wide', metrics: { accuracy: 0.9 } })
    const metrics = await discord.autocomplete({
      channel,
      user,
      command: 'exp best',
      options: { metric: 'acc' },
      focused: 'metric',
    })
    expect(metrics).toEqual([{ name: 'accuracy', value: 'accuracy' }])
    const runs = await discord.autocomplete({
      channel,
      user,
      command: 'exp show',
      options: { run: 'chu' },
      focused: 'run',
    })
    expect(runs[0]).toMatchObject({ value: 'churn#1' })
  })
})
