import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json, Stored } from '../../support/fake-slack/state.ts'
import { ANA, BOB, fieldOf, shownText, type SlackTeam, startSlackTeam } from '../../support/slack-team.ts'

let team: SlackTeam

beforeEach(async () => {
  team = await startSlackTeam()
})

afterEach(() => team.stop())

const home = (user = ANA) => JSON.stringify(team.slack.state.homes.get(user)?.view ?? {})
const published = (user = ANA) => team.slack.state.homes.get(user)?.published ?? 0

async function opened(user = ANA): Promise<string> {
  const before = published(user)
  team.slack.openHome(user)
  await team.slack.until(() => published(user) > before)
  return home(user)
}

const ask = async (text: string, words: string) => {
  team.slack.slash({ channel: team.channel, user: ANA, text })
  await team.answerHolding(words)
}

/** What the bot wrote to somebody directly. */
const direct = (words: string, user = ANA): Promise<Stored> =>
  team.slack.until(() =>
    team.slack.posts(team.slack.state.direct(user)).find((message) => shownText(message).includes(words)),
  )

describe('the Home tab', () => {
  it('says how to begin to whoever nobody knows yet', async () => {
    const shown = await opened()
    for (const words of ['/exp iam <owner>', 'Nothing runs.', '/exp watch <project>'])
      expect(shown).toContain(words)
    expect(team.slack.state.violations).toEqual([])
  })

  it('shows my runs, what runs now and what I watch, and nothing of what others do', async () => {
    await team.instance.finish({
      project: 'churn',
      owner: 'ana',
      name: 'wide *net*',
      metrics: { accuracy: 0.9 },
    })
    await team.instance.finish({
      project: 'churn',
      owner: 'bob',
      name: 'not mine',
      metrics: { accuracy: 0.8 },
    })
    await team.instance.api('POST', '/api/v1/runs', { project: 'churn', owner: 'bob', name: 'still at it' })
    await ask('iam ana', 'ana')
    await ask('watch churn best,killed', 'hears of')
    await ask('schedule leaderboard in churn mon 09:00 Europe/Berlin', 'comes here')
    const mine = await opened()
    for (const words of [
      'churn#1',
      'wide *net*',
      'accuracy 0.9 (best)',
      'still at it',
      'new bests and killed runs',
      '#experiments',
      '09:00',
    ])
      expect(mine).toContain(words)
    expect(mine).not.toContain('not mine')
    const others = await opened(BOB)
    expect(others).toContain('still at it')
    for (const words of ['wide *net*', '#experiments', 'new bests']) expect(others).not.toContain(words)
  })

  it('answers clicks in the conversation with the bot, and is made anew', async () => {
    await team.instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
    await ask('iam ana', 'ana')
    await opened()
    team.slack.click({ button: 'Show churn#1', user: ANA })
    const answer = await direct('churn#1')
    expect(answer.channel).toBe(team.slack.state.direct(ANA))
    await team.slack.until(() => published() === 2)
    team.slack.click({ message: answer, button: 'share', user: ANA })
    await direct('Shared by')
    expect(team.slack.posts(team.channel)).toEqual([])
  })

  it('opens a note’s form, whose receipt comes directly', async () => {
    await team.instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
    await opened()
    team.slack.click({ button: 'New note', user: ANA })
    const view = await team.slack.until(() => team.slack.viewOf(ANA))
    expect(fieldOf(view.view, 'run')).toMatchObject({ type: 'external_select' })
    await team.slack.submit({ view, user: ANA, values: { run: 'churn#1', text: 'from home' } })
    await direct('Noted on churn#1')
  })

  it.each([
    ['run', 'churn#1', 'churn#1'],
    ['metric', 'accuracy', 'Best accuracy in churn'],
    ['project', 'churn', '1 run in churn'],
  ])('finds by a %s that is chosen', async (kind, value, words) => {
    await team.instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
    await opened()
    const action = `exp:pick:${kind}`
    const { options } = await team.slack.suggest({ action, typed: value.slice(0, 3), user: ANA })
    expect(options.map((option) => option.value)).toContain(value)
    team.slack.pick({ action, value, user: ANA })
    await direct(words)
  })

  it('keeps to the limits of a view, whatever there is to show', async () => {
    const long = 'x'.repeat(120)
    for (let run = 0; run < 12; run++) {
      const name = `${run} <!channel> *${long}*`
      const body = { project: `${long}${run}`, owner: 'ana', name, metrics: { [long]: 1 / 3 } }
      await team.instance.api('POST', '/api/v1/runs', body)
      await ask(`watch "${long}${run}"`, `${long.slice(0, 20)}`)
    }
    await ask('iam ana', 'ana')
    const shown = await opened()
    expect(shown).toContain('... 2 more')
    expect((JSON.parse(shown) as Json)['blocks'].length).toBeLessThanOrEqual(100)
    expect(team.slack.state.violations).toEqual([])
  })

  it.each(['http429', 'http500'] as const)(
    'is published when Slack tells of it again after %s',
    async (kind) => {
      team.slack.faults.add(
        'POST',
        /^\/views\.publish/,
        kind === 'http429' ? { kind, retryAfter: 1 } : { kind },
      )
      team.slack.openHome(ANA)
      await team.slack.until(() => team.slack.state.calls.includes('views.publish'))
      expect(published()).toBe(0)
      await expect.poll(() => team.slack.sockets.unacknowledged).toBe(1)
      team.slack.sockets.redeliver()
      await team.slack.until(() => published() === 1)
    },
  )
})
