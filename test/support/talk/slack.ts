import type { Stored } from '../fake-slack/state.ts'
import { ANA, shownText, startSlackTeam } from '../slack-team.ts'
import type { Shown, Talk } from './talk.ts'

export async function talkOnSlack(): Promise<Talk> {
  const team = await startSlackTeam()
  const { slack, channel } = team
  const shown = ({ text, blocks, ts }: Stored): Shown => ({
    text: shownText({ text, blocks: blocks.filter(({ type }) => type !== 'image') }),
    id: ts,
  })
  const stored = ({ id }: Shown): Stored => {
    const found = slack.state.messages.find(({ ts }) => ts === id)
    if (found === undefined) throw new Error(`no message ${id}`)
    return found
  }
  const answerTo = async (act: () => unknown): Promise<Shown> => {
    const before = team.answers().length
    await act()
    return shown(await slack.until(() => team.answers()[before]))
  }
  const form = () => slack.viewOf(ANA)
  return {
    instance: team.instance,
    clock: team.clock,
    pictureEdits: 1,
    ask: ({ typed }) => answerTo(() => slack.slash({ channel, user: ANA, text: typed })),
    press: (on, label) => answerTo(() => slack.click({ message: stored(on), button: label, user: ANA })),
    fill: (on, label, text) =>
      answerTo(async () => {
        slack.click({ message: stored(on), button: label, user: ANA })
        await slack.submit({ view: await slack.until(form), user: ANA, values: { text } })
      }),
    posts: async () =>
      slack
        .posts(channel)
        .filter(({ threadTs }) => threadTs === undefined)
        .map(shown),
    reply: async (to, text) => {
      const said = slack.say({ channel, user: ANA, text, thread: to.id })
      await slack.until(() => said.reactions.size > 0)
    },
    trophy: async (to) => void slack.react(stored(to), ANA, 'trophy'),
    pings: () => slack.state.messages.reduce((total, { pings }) => total + pings.length, 0),
    stop: () => team.stop(),
  }
}
