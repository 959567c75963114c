import type { Json, State } from './state.ts'

/** The vendor's bits, written down a second time so that a wrong number in the bot is not believed. */
export const BITS = {
  administrator: 1n << 3n,
  addReactions: 1n << 6n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readHistory: 1n << 16n,
  createPublicThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
}
/** Everything but Administrator, over which no channel has a say. */
export const ALL = ((1n << 50n) - 1n) & ~BITS.administrator

/** What a member may do in a channel: the roles together, then what the channel takes and gives. A thread has its parent's. */
export function permissionsIn(state: State, channelId: string, userId: string): bigint {
  const channel = state.channel(channelId)
  if (channel.type === 1) return ALL
  const base = [state.guildId, ...state.rolesOf(userId)]
    .map((id) => BigInt(state.roles.get(id)?.permissions ?? 0))
    .reduce((all, bits) => all | bits, 0n)
  if (base & BITS.administrator) return ALL
  const overwrites = overwritesOf(state, channel.parent_id ?? channelId)
  const of = (ids: string[]) => overwrites.filter((overwrite) => ids.includes(overwrite.id))
  const steps = [of([state.guildId]), of(state.rolesOf(userId)), of([userId])]
  return steps.reduce((bits, step) => {
    const sum = (key: 'allow' | 'deny') => step.reduce((all, o) => all | BigInt(o[key]), 0n)
    return (bits & ~sum('deny')) | sum('allow')
  }, base)
}

/** A channel's overwrites, with what a test took from the bot there. */
export function overwritesOf(state: State, channelId: string): Json[] {
  const denied = state.denied.get(channelId)
  const taken = denied === 'none' ? BITS.viewChannel : denied
  const given = (state.channels.get(channelId)?.permission_overwrites ?? []) as Json[]
  return taken === undefined
    ? given
    : [...given, { id: state.applicationId, type: 1, allow: '0', deny: String(taken) }]
}
