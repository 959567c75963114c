import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { type Interaction, Interactions } from './interactions.ts'
import { commandData } from './options.ts'
import { RateLimit } from './rate-limit.ts'
import { restOf } from './rest.ts'
import { routesOf } from './routes.ts'
import { type Json, State, type Stored } from './state.ts'

interface Place {
  channel: string
  user: string
}

/** Starts the server on a free loopback port; `stop()` cuts every connection. */
export async function startFakeDiscord(options: { clock?: Clock; token?: string } = {}) {
  const state = new State(options.clock ?? systemClock, options.token ?? 'fake-discord-token')
  const faults = new Faults()
  const interactions = new Interactions(state)
  const calls: string[] = []
  const rateLimit = new RateLimit(state.clock)
  let port = 0
  const gatewayUrl = () => `ws://127.0.0.1:${port}`
  const rest = restOf(state, routesOf(state, interactions, gatewayUrl), faults, calls, rateLimit)
  const server = createServer((req, res) => void rest(req, res))
  const gateway = new Gateway(server, state, gatewayUrl)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port

  /** Resolves once `condition` holds, looking again after each recorded change. */
  const until = <T>(condition: () => T, ms = 20_000): Promise<NonNullable<T>> =>
    new Promise((resolve, reject) => {
      const end = () => (clearTimeout(timer), state.changes.off('change', look))
      const timer = setTimeout(() => {
        end()
        reject(
          new Error(
            `not within ${ms} ms: ${String(condition)}\ncalls: ${calls.join('\n')}\n${JSON.stringify(state.messages, null, 1)}`,
          ),
        )
      }, ms)
      const look = () => {
        const value = condition()
        if (!value) return
        end()
        resolve(value)
      }
      state.changes.on('change', look)
      look()
    })
  const posts = (channel: string): Stored[] =>
    state.messages.filter(
      (m) => m.raw.channel_id === channel && m.raw.author.id === state.applicationId && !m.visibleTo,
    )
  const registered = () => [
    ...(state.commands.get(state.guildId) ?? []),
    ...(state.commands.get('global') ?? []),
  ]
  const byId = (id: string): Stored => {
    const found = state.messages.find((m) => m.raw.id === id && !m.deleted)
    if (!found) throw new Error(`no message ${id}`)
    return found
  }
  const component = (messageId: string, customId: string, user: string, extra: Json): Interaction => {
    const source = byId(messageId)
    if (source.visibleTo && source.visibleTo !== user)
      throw new Error('only its asker sees an ephemeral message')
    if (!JSON.stringify(source.raw.components).includes(JSON.stringify(customId)))
      throw new Error(`no component ${customId}`)
    return interactions.start(3, source.raw.channel_id, user, { custom_id: customId, ...extra }, source)
  }
  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    token: state.token,
    applicationId: state.applicationId,
    guildId: state.guildId,
    state,
    faults,
    rateLimit,
    gateway,
    calls,
    until,
    posts,
    addUser: (name: string) => state.addUser(name),
    addChannel: (name: string) => state.addChannel(name),
    nextPost: (channel: string) => {
      const seen = posts(channel).length
      return until(() => posts(channel)[seen])
    },
    slash: (a: Place & { command: string; options?: Json }) =>
      interactions.start(2, a.channel, a.user, commandData(registered(), a.command, a.options ?? {})),
    autocomplete: async (a: Place & { command: string; options: Json; focused: string }): Promise<Json[]> => {
      const started = interactions.start(
        4,
        a.channel,
        a.user,
        commandData(registered(), a.command, a.options, a.focused),
      )
      return until(() => started.choices)
    },
    click: (a: { messageId: string; customId: string; user: string }) =>
      component(a.messageId, a.customId, a.user, { component_type: 2 }),
    selectMenu: (a: { messageId: string; customId: string; user: string; values: string[] }) =>
      component(a.messageId, a.customId, a.user, { component_type: 3, values: a.values }),
    modalSubmit: (from: Interaction, fields: Json) => {
      if (!from.modal) throw new Error('no modal is open')
      const components = Object.entries(fields).map(([custom_id, value]) => ({
        type: 18,
        component: { type: 4, custom_id, value },
      }))
      return interactions.start(
        5,
        from.raw.channel_id,
        from.user,
        { custom_id: from.modal.custom_id, components },
        from.source,
      )
    },
    message: (a: Place & { content: string; replyTo?: string }) =>
      state.store(a.channel, a.user, {
        content: a.content,
        ...(a.replyTo ? { message_reference: { message_id: a.replyTo } } : {}),
      }),
    react: (a: { messageId: string; user: string; emoji: string }) => {
      const { raw } = byId(a.messageId)
      state.dispatch('MESSAGE_REACTION_ADD', {
        user_id: a.user,
        channel_id: raw.channel_id,
        message_id: raw.id,
        guild_id: state.guildId,
        member: state.member(a.user),
        message_author_id: raw.author.id,
        emoji: { id: null, name: a.emoji },
        burst: false,
        type: 0,
      })
    },
    editMessage: (messageId: string, content: string) => state.edit(byId(messageId), { content }),
    deleteMessage: (messageId: string) => state.remove(byId(messageId)),
    stop: async () => {
      gateway.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export type FakeDiscord = Awaited<ReturnType<typeof startFakeDiscord>>
