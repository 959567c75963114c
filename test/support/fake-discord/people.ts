import type { Interaction, Interactions } from './interactions.ts'
import { modalData } from './modals.ts'
import { commandData } from './options.ts'
import type { Reactions } from './reactions.ts'
import type { Json, State, Stored } from './state.ts'

interface Place {
  channel: string
  user: string
}

/** What people do in their client; each throws where the client would not let them. */
export function peopleOf(
  state: State,
  interactions: Interactions,
  reactions: Reactions,
  until: <T>(condition: () => T) => Promise<NonNullable<T>>,
) {
  const registered = () => [
    ...(state.commands.get(state.guildId) ?? []),
    ...(state.commands.get('global') ?? []),
  ]
  const byId = (id: string): Stored => {
    const found = state.messages.find((m) => m.raw.id === id && !m.deleted)
    if (!found) throw new Error(`no message ${id}`)
    return found
  }
  const seenBy = (id: string, user: string): Stored => {
    const found = byId(id)
    if (found.visibleTo && found.visibleTo !== user)
      throw new Error('only its asker sees an ephemeral message')
    return found
  }
  const component = (messageId: string, customId: string, user: string, extra: Json): Interaction => {
    const source = seenBy(messageId, user)
    if (!JSON.stringify(source.raw.components).includes(JSON.stringify(customId)))
      throw new Error(`no component ${customId}`)
    return interactions.start(3, source.raw.channel_id, user, { custom_id: customId, ...extra }, source)
  }
  return {
    addUser: (name: string, extra?: { bot?: boolean; roles?: string[] }) => state.addUser(name, extra),
    addRole: (name: string) => state.addRole(name),
    addChannel: (name: string) => state.addChannel(name),
    slash: (a: Place & { command: string; options?: Json }) =>
      interactions.start(2, a.channel, a.user, commandData(registered(), a.command, a.options ?? {})),
    autocomplete: async (a: Place & { command: string; options: Json; focused: string }): Promise<Json[]> => {
      const data = commandData(registered(), a.command, a.options, a.focused)
      const started = interactions.start(4, a.channel, a.user, data)
      return until(() => started.choices)
    },
    /** Chooses an entry of a message's context menu, under Apps. */
    contextMenu: (a: { messageId: string; user: string; command: string }): Interaction => {
      const { raw } = seenBy(a.messageId, a.user)
      const command = registered().find((c) => c.name === a.command && c.type === 3)
      if (!command) throw new Error(`no message command ${a.command}`)
      const resolved = { messages: { [raw.id]: raw } }
      const data = { id: command.id, name: a.command, type: 3, target_id: raw.id, resolved }
      return interactions.start(2, raw.channel_id, a.user, data)
    },
    click: (a: { messageId: string; customId: string; user: string }) =>
      component(a.messageId, a.customId, a.user, { component_type: 2 }),
    selectMenu: (a: { messageId: string; customId: string; user: string; values: string[] }) =>
      component(a.messageId, a.customId, a.user, { component_type: 3, values: a.values }),
    modalSubmit: (from: Interaction, fields: Record<string, string>) => {
      if (!from.modal) throw new Error('no modal is open')
      const data = modalData(from.modal, fields)
      return interactions.start(5, from.raw.channel_id, from.user, data, from.source)
    },
    /** @param a.ping whether a reply rings the author of what it answers; on, unless switched off */
    message: (a: Place & { content: string; replyTo?: string; ping?: boolean; type?: number }) =>
      state.store(a.channel, a.user, {
        content: a.content,
        ...(a.type === undefined ? {} : { type: a.type }),
        ...(a.replyTo ? { message_reference: { type: 0, message_id: a.replyTo } } : {}),
        allowed_mentions: { parse: ['users'], replied_user: a.ping ?? true },
      }),
    react: (a: { messageId: string; user: string; emoji: string }) =>
      reactions.add(byId(a.messageId), a.user, a.emoji),
    unreact: (a: { messageId: string; user: string; emoji: string }) =>
      reactions.remove(byId(a.messageId), a.user, a.emoji),
    clearReactions: (messageId: string, emoji?: string) => reactions.clear(byId(messageId), emoji),
    /** The emoji that an account put under a message. */
    reactionsBy: (messageId: string, user: string): string[] =>
      [...state.reactionsOf(messageId)].filter(([, users]) => users.has(user)).map(([emoji]) => emoji),
    editMessage: (messageId: string, content: string) => state.edit(byId(messageId), { content }),
    /** The change that a preview of a link makes by itself, some time after the message. */
    unfurl: (messageId: string) => {
      const { raw } = byId(messageId)
      raw.embeds = [{ type: 'link', title: 'a preview' }]
      state.dispatch('MESSAGE_UPDATE', { ...raw, guild_id: state.guildId })
    },
    deleteMessage: (messageId: string) => state.remove(byId(messageId)),
    deleteMessages: (channel: string, messageIds: string[]) => state.removeAll(channel, messageIds.map(byId)),
  }
}
