import { missingPermissions } from './errors.ts'
import { BITS } from './permissions.ts'
import type { Json, State, Stored } from './state.ts'

/** Reactions on messages, by the bot over REST and by people, with the dispatches that they cause. */
export class Reactions {
  readonly #state: State
  constructor(state: State) {
    this.#state = state
  }
  /** An emoji that already stands there takes no permission of its own. */
  add({ raw }: Stored, user: string, emoji: string): void {
    const state = this.#state
    const may = state.permissionsIn(raw.channel_id, user)
    const there = state.reactionsOf(raw.id)
    if (!(may & BITS.readHistory) || (!(may & BITS.addReactions) && !there.get(emoji)?.size))
      throw missingPermissions()
    const users = there.get(emoji) ?? new Set()
    there.set(emoji, users)
    if (users.has(user)) return
    users.add(user)
    state.dispatch('MESSAGE_REACTION_ADD', {
      ...this.#where(raw),
      user_id: user,
      member: state.member(user),
      message_author_id: raw.author.id,
      emoji: { id: null, name: emoji },
      burst: false,
      type: 0,
    })
    state.changed()
  }
  remove({ raw }: Stored, user: string, emoji: string): void {
    if (!this.#state.reactionsOf(raw.id).get(emoji)?.delete(user)) return
    this.#state.dispatch('MESSAGE_REACTION_REMOVE', {
      ...this.#where(raw),
      user_id: user,
      emoji: { id: null, name: emoji },
      burst: false,
      type: 0,
    })
    this.#state.changed()
  }
  /** A moderator's sweep: nobody's name is in these events. */
  clear({ raw }: Stored, emoji?: string): void {
    const there = this.#state.reactionsOf(raw.id)
    if (emoji === undefined) there.clear()
    else there.delete(emoji)
    const where = this.#where(raw)
    if (emoji === undefined) this.#state.dispatch('MESSAGE_REACTION_REMOVE_ALL', where)
    else this.#state.dispatch('MESSAGE_REACTION_REMOVE_EMOJI', { ...where, emoji: { id: null, name: emoji } })
    this.#state.changed()
  }
  #where(raw: Json): Json {
    return { channel_id: raw.channel_id, message_id: raw.id, guild_id: this.#state.guildId }
  }
}
