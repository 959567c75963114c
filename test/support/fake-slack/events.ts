import { linksIn } from './methods-chat.ts'
import { messageOf } from './payloads.ts'
import type { Json, State, Stored } from './state.ts'

/** An event on its way: kept by tests that want it late, twice, or in another order. */
export interface Happened {
  body: Json
  message: Stored
}

/** What people do in channels, with the event that Slack tells of it. Nothing is delivered here. */
export class Events {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  say({ channel, user, text, thread, subtype }: Said): Happened {
    const state = this.#state
    state.person(user)
    const message = state.store({
      channel,
      threadTs: thread,
      user,
      text,
      blocks: [],
      metadata: undefined,
      visibleTo: undefined,
    })
    const event = { ...messageOf(state, message), ...(subtype === undefined ? {} : { subtype }) }
    return { body: this.#message(message, { ...event, event_ts: message.ts }), message }
  }

  edit(message: Stored, text: string): Happened {
    const state = this.#state
    const before = messageOf(state, message)
    message.edits.push(message.text)
    message.text = text
    // Slack's own time of an edit knows no fractions.
    message.editedTs = `${Math.floor(Number(state.nextTs()))}.000000`
    return { body: this.#changed(message, before), message }
  }

  /** Slack tells of a preview, or of a new reply, as a change of the message too: its text is the same. */
  touch(message: Stored): Happened {
    return { body: this.#changed(message, messageOf(this.#state, message)), message }
  }

  delete(message: Stored): Happened {
    const state = this.#state
    state.messages.splice(state.messages.indexOf(message), 1)
    const ts = state.nextTs()
    const event = {
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      ts,
      event_ts: ts,
      deleted_ts: message.ts,
      previous_message: messageOf(state, message),
    }
    return { body: this.#message(message, event), message }
  }

  react(message: Stored, user: string, reaction: string): Happened {
    this.#state.person(user)
    message.reactions.set(reaction, (message.reactions.get(reaction) ?? new Set()).add(user))
    return { body: this.#reaction('reaction_added', message, user, reaction), message }
  }

  unreact(message: Stored, user: string, reaction: string): Happened {
    message.reactions.get(reaction)?.delete(user)
    return { body: this.#reaction('reaction_removed', message, user, reaction), message }
  }

  openHome(user: string, tab: 'home' | 'messages' = 'home'): Json {
    this.#state.person(user)
    const channel = this.#state.direct(user)
    return this.body({ type: 'app_home_opened', user, channel, tab, event_ts: this.#state.nextTs() })
  }

  /** Somebody posts addresses. */
  shareLinks(channel: string, user: string, urls: string[]): Happened {
    const text = urls.map((url) => `<${url.replaceAll('&', '&amp;')}>`).join(' ')
    const { message } = this.say({ channel, user, text })
    return {
      body: this.#links(user, channel, message.ts, 'conversations_history', linksIn(message)),
      message,
    }
  }

  /** Somebody writes addresses and has not posted them yet. */
  composeLinks(user: string, urls: string[]): Json {
    this.#state.person(user)
    const id = `${user}-${this.#state.nextId('composer')}`
    this.#state.composing.set(id, { links: urls, unfurls: new Map() })
    return this.#links(user, 'COMPOSER', id, 'composer', urls)
  }

  /** The envelope of an event, as Slack sends it; refuses an event that the app would never get. */
  body(event: Json, kind: string = event.type): Json {
    const state = this.#state
    const subscribed: readonly string[] = state.manifest.settings?.event_subscriptions?.bot_events ?? []
    if (!subscribed.includes(kind)) throw new Error(`the manifest does not ask for the event ${kind}`)
    return {
      token: 'unused',
      type: 'event_callback',
      team_id: state.team,
      context_team_id: state.team,
      api_app_id: 'A1',
      event,
      event_id: state.nextId('Ev'),
      event_time: Math.floor(state.clock.now().getTime() / 1_000),
      is_ext_shared_channel: false,
      authorizations: [
        {
          enterprise_id: null,
          team_id: state.team,
          user_id: state.botUser,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
    }
  }

  #message(message: Stored, event: Json): Json {
    const channel = this.#state.channels.get(message.channel)
    if (channel?.member !== true) throw new Error('the bot hears nothing where it is no member')
    const [type, kind] =
      channel.user !== undefined
        ? ['im', 'im']
        : channel.private
          ? ['group', 'groups']
          : ['channel', 'channels']
    return this.body({ ...event, channel: message.channel, channel_type: type }, `message.${kind}`)
  }

  #changed(message: Stored, before: Json): Json {
    const ts = this.#state.nextTs()
    const event = { type: 'message', subtype: 'message_changed', hidden: true, ts, event_ts: ts }
    return this.#message(message, {
      ...event,
      message: messageOf(this.#state, message),
      previous_message: before,
    })
  }

  #reaction(type: string, { channel, ts, user: author }: Stored, user: string, reaction: string): Json {
    return this.body({
      type,
      user,
      reaction,
      item: { type: 'message', channel, ts },
      item_user: author ?? this.#state.botUser,
      event_ts: this.#state.nextTs(),
    })
  }

  #links(user: string, channel: string, messageTs: string, source: string, urls: string[]): Json {
    const domains: string[] = this.#state.manifest.features?.unfurl_domains ?? []
    const links = urls
      .map((url) => ({ domain: URL.parse(url)?.hostname ?? '', url }))
      .filter(({ domain }) => domains.includes(domain))
    if (links.length === 0) throw new Error('none of these addresses is of a domain of the app')
    return this.body({
      type: 'link_shared',
      user,
      channel,
      message_ts: messageTs,
      unfurl_id: source === 'composer' ? messageTs : `${channel}.${messageTs}.x`,
      source,
      is_bot_user_member: source !== 'composer' && this.#state.channels.get(channel)?.member === true,
      links,
      event_ts: this.#state.nextTs(),
    })
  }
}

export interface Said {
  channel: string
  user: string
  text: string
  /** The first message of the thread. */
  thread?: string
  subtype?: string
}
