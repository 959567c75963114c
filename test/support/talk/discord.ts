import { startFakeDiscord } from '../fake-discord/start.ts'
import type { Json, Stored } from '../fake-discord/state.ts'
import { createMovingClock, startInstance } from '../instance.ts'
import type { Shown, Talk } from './talk.ts'

export async function talkOnDiscord(): Promise<Talk> {
  const clock = createMovingClock()
  const discord = await startFakeDiscord({ clock })
  const channel = discord.addChannel('experiments')
  const user = discord.addUser('ana')
  const { token, apiUrl } = discord
  const instance = await startInstance({ discord: { token, applicationId: undefined, apiUrl } }, { clock })
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)

  const shown = ({ raw }: Stored): Shown => ({
    text: `${raw['content']} ${JSON.stringify([(raw['embeds'] as Json[]).map(({ image: _image, ...embed }) => embed), raw['components']])}`,
    id: raw['id'],
  })
  const answerTo = async (act: () => unknown): Promise<Shown> => {
    const before = discord.answers(user).length
    await act()
    const isWhole = ({ raw }: Stored) => raw['embeds']?.length > 0 || raw['content'] !== ''
    return shown(await discord.until(() => discord.answers(user).slice(before).find(isWhole)))
  }
  const click = (on: Shown, label: string) => {
    const message = discord.state.messages.find(({ raw }) => raw['id'] === on.id)
    const rows = (message?.raw['components'] ?? []) as Json[]
    const buttons = rows.flatMap(({ components }) => components as Json[])
    const button = buttons.find((one) => one['label'] === label)
    if (button === undefined) throw new Error(`no button ${label}`)
    return discord.click({ messageId: on.id, customId: button['custom_id'], user })
  }
  return {
    instance,
    clock,
    pictureEdits: 1,
    ask: ({ command, options }) =>
      answerTo(() => discord.slash({ channel, user, command: `exp ${command}`, options })),
    press: (on, label) => answerTo(() => click(on, label)),
    fill: (on, label, text) =>
      answerTo(async () => {
        const clicked = click(on, label)
        await discord.until(() => clicked.modal)
        discord.modalSubmit(clicked, { text })
      }),
    posts: async () => discord.posts(channel).map(shown),
    reply: async (to, content) => {
      const { raw } = discord.message({ channel, user, content, replyTo: to.id, ping: false })
      await discord.until(() => discord.reactionsBy(raw['id'], discord.applicationId).length > 0)
    },
    trophy: async (to) => discord.react({ messageId: to.id, user, emoji: '🏆' }),
    pings: () => discord.state.messages.reduce((total, { pings }) => total + pings.length, 0),
    stop: async () => {
      await instance.stop()
      await discord.stop()
    },
  }
}
