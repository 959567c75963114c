import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { Interactions } from './interactions.ts'
import { peopleOf } from './people.ts'
import { RateLimit } from './rate-limit.ts'
import { Reactions } from './reactions.ts'
import { restOf } from './rest.ts'
import { routesOf } from './routes.ts'
import { State, type Stored } from './state.ts'

/** Starts the server on a free loopback port; `stop()` cuts every connection. */
export async function startFakeDiscord(
  options: { clock?: Clock; token?: string; permissions?: bigint } = {},
) {
  const { clock = systemClock, token = 'fake-discord-token', permissions } = options
  const state = new State(clock, token, permissions)
  const faults = new Faults()
  const interactions = new Interactions(state)
  const reactions = new Reactions(state)
  const calls: string[] = []
  const rateLimit = new RateLimit(state.clock)
  let port = 0
  const gatewayUrl = () => `ws://127.0.0.1:${port}`
  const routes = routesOf(state, interactions, reactions, {
    url: gatewayUrl,
    flags: () => gateway.applicationFlags,
  })
  const rest = restOf(state, routes, faults, calls, rateLimit)
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
    /** What only this person was answered, oldest first. */
    answers: (user: string): Stored[] => state.messages.filter((m) => m.visibleTo === user),
    nextPost: (channel: string) => {
      const seen = posts(channel).length
      return until(() => posts(channel)[seen])
    },
    ...peopleOf(state, interactions, reactions, until),
    stop: async () => {
      gateway.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export type FakeDiscord = Awaited<ReturnType<typeof startFakeDiscord>>
