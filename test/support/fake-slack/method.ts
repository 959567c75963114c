import type { Faults } from '../fake-discord/faults.ts'
import type { Json, State } from './state.ts'

export interface ApiOptions {
  state: State
  faults: Faults
  botToken: string
  appToken: string
  /** Opens a socket's address, or says why not. */
  openSocket(): Json
  /** One post per second and channel, as Slack allows; off unless set. */
  limiter: { perSecond: boolean }
}

export type Outcome = Json | { retryAfter: number }

export interface Method {
  /** What the token needs for it; none for some. */
  scope?(state: State, args: Json): string
  run(options: ApiOptions, args: Json): Outcome
}

/** What refuses a bot that wants to say something there. */
export function place(state: State, id: string): string | undefined {
  const channel = state.channels.get(id)
  if (channel === undefined || channel.gone) return 'channel_not_found'
  if (channel.archived) return 'is_archived'
  return channel.member ? undefined : 'not_in_channel'
}

/** 'channels:history', 'groups:history', 'im:history', by the kind of channel. */
export function scopeIn(what: 'read' | 'history', state: State, id: string): string {
  const channel = state.channels.get(id)
  if (channel?.user !== undefined) return `im:${what}`
  return channel?.private === true ? `groups:${what}` : `channels:${what}`
}

export function parsed(value: unknown): any {
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** A refusal that says where, as Slack's do. */
export function refusal(error: string, problems: string[]): Json {
  return { ok: false, error, response_metadata: { messages: problems.map((one) => `[ERROR] ${one}`) } }
}
