import { problemsOfOptions } from '../check-slack-blocks.ts'
import type { Json, State, Stored, View } from './state.ts'

export interface Command {
  channel: string
  user: string
  text: string
}

export interface Click {
  /** The message with the button; absent for one in the Home tab. */
  message?: Stored
  /** Its id in the message, or its label. */
  button: string
  user: string
}

export interface Submission {
  view: View
  user: string
  /** By the field's block id. */
  values: Record<string, string>
}

export interface Choice {
  /** The action id of the select. */
  action: string
  value: string
  user: string
}

export interface Suggestion {
  /** The action id of the select. */
  action: string
  typed: string
  user: string
  view?: View
}

/** What Slack sends for what people do, short of delivering it. */
export class Payloads {
  readonly #state: State
  readonly #responseUrl: (channel: string, user: string) => string

  constructor(state: State, responseUrl: (channel: string, user: string) => string) {
    this.#state = state
    this.#responseUrl = responseUrl
  }

  slash({ channel, user, text }: Command): Json {
    const state = this.#state
    return {
      command: '/exp',
      text: escapeTyped(state, text),
      team_id: state.team,
      team_domain: 'fake',
      channel_id: channel,
      channel_name: state.channels.get(channel)?.name ?? 'unknown',
      user_id: user,
      user_name: state.person(user).name,
      api_app_id: 'A1',
      is_enterprise_install: 'false',
      response_url: this.#responseUrl(channel, user),
      trigger_id: state.nextTrigger(user),
    }
  }

  click({ message, button, user }: Click): Json {
    const blocks = message?.blocks ?? this.#state.homes.get(user)?.view.blocks ?? []
    const element = blocks
      .flatMap(({ type, elements }: Json) => (type === 'actions' ? (elements as Json[]) : []))
      .find(({ action_id, text }: Json) => action_id.endsWith(`:${button}`) || text?.text === button)
    if (element === undefined) throw new Error(`no button ${button} in ${JSON.stringify(blocks)}`)
    if (message?.visibleTo !== undefined && message.visibleTo !== user)
      throw new Error('only its asker sees an ephemeral message')
    return {
      type: 'block_actions',
      ...this.#common(user),
      ...(message === undefined ? this.#inHome(user) : this.#inMessage(message, user)),
      trigger_id: this.#state.nextTrigger(user),
      actions: [{ ...element, action_ts: this.#state.nextTs(), block_id: 'b' }],
    }
  }

  /** A choice in a select of the Home tab. */
  pick({ action, value, user }: Choice): Json {
    const elements = (this.#state.homes.get(user)?.view['blocks'] ?? []).flatMap(
      (block: Json) => block['elements'] ?? [],
    )
    if (!elements.some((one: Json) => one['action_id'] === action)) throw new Error(`no select ${action}`)
    const selected_option = { text: { type: 'plain_text', text: value }, value }
    return {
      type: 'block_actions',
      ...this.#common(user),
      ...this.#inHome(user),
      trigger_id: this.#state.nextTrigger(user),
      actions: [
        {
          type: 'external_select',
          action_id: action,
          block_id: 'b',
          selected_option,
          action_ts: this.#state.nextTs(),
        },
      ],
    }
  }

  #inMessage(message: Stored, user: string): Json {
    return {
      channel: { id: message.channel, name: this.#state.channels.get(message.channel)?.name ?? '' },
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: message.visibleTo !== undefined,
      },
      response_url: this.#responseUrl(message.channel, user),
    }
  }

  /** A click in the Home tab has neither a channel nor a response URL. */
  #inHome(user: string): Json {
    const { view } = this.#state.homes.get(user) ?? {}
    const id = `V-home-${user}`
    return { container: { type: 'view', view_id: id }, view: { ...view, id, type: 'home' } }
  }

  messageShortcut(callbackId: string, message: Stored, user: string): Json {
    const known = this.#state.manifest.features?.shortcuts ?? []
    if (!known.some(({ callback_id }) => callback_id === callbackId))
      throw new Error(`the manifest has no shortcut ${callbackId}`)
    return {
      type: 'message_action',
      callback_id: callbackId,
      ...this.#common(user),
      trigger_id: this.#state.nextTrigger(user),
      response_url: this.#responseUrl(message.channel, user),
      channel: { id: message.channel, name: this.#state.channels.get(message.channel)?.name ?? '' },
      message_ts: message.ts,
      message: messageOf(this.#state, message),
    }
  }

  submission({ view, user, values }: Submission): Json {
    const fields = view.view.blocks.filter(({ type }: Json) => type === 'input')
    for (const block of Object.keys(values))
      if (!fields.some(({ block_id }: Json) => block_id === block)) throw new Error(`no field ${block}`)
    const entries = fields.map(({ block_id, element }: Json) => [
      block_id,
      { [element.action_id]: fieldValue(element, values[block_id]) },
    ])
    return {
      type: 'view_submission',
      ...this.#common(user),
      view: {
        ...view.view,
        id: view.id,
        team_id: this.#state.team,
        hash: view.hash,
        root_view_id: view.id,
        state: { values: Object.fromEntries(entries) },
      },
      response_urls: [],
    }
  }

  closed(view: View, user: string): Json {
    return {
      type: 'view_closed',
      ...this.#common(user),
      view: { ...view.view, id: view.id },
      is_cleared: false,
    }
  }

  suggestion({ action, typed, user, view }: Suggestion): Json {
    return {
      type: 'block_suggestion',
      ...this.#common(user),
      action_id: action,
      block_id: 'b',
      value: typed,
      container: view === undefined ? { type: 'view' } : { type: 'view', view_id: view.id },
      ...(view === undefined ? {} : { view: { ...view.view, id: view.id } }),
    }
  }

  #common(user: string): Json {
    const state = this.#state
    const { name, team } = state.person(user)
    return {
      team: { id: state.team, domain: 'fake' },
      user: { id: user, name, username: name, team_id: team },
      api_app_id: 'A1',
      is_enterprise_install: false,
      enterprise: null,
    }
  }
}

/** A message as it stands in an event or a shortcut. */
export function messageOf(state: State, message: Stored): Json {
  const { ts, text, threadTs, user, blocks, editedTs } = message
  const author = user === undefined ? { user: state.botUser, bot_id: state.botId } : { user }
  return {
    type: 'message',
    ...author,
    team: state.team,
    ts,
    text,
    blocks,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs, parent_user_id: parentUser(state, message) }),
    ...(editedTs === undefined ? {} : { edited: { user, ts: editedTs } }),
  }
}

function parentUser(state: State, { channel, threadTs = '' }: Stored): string {
  return state.message(channel, threadTs)?.user ?? state.botUser
}

/** The options that an answer to a suggestion holds. @throws with what Slack would refuse */
export function optionsOf(answer: Json): { text: string; value: string }[] {
  const problems = problemsOfOptions(answer['options'])
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return (answer['options'] as Json[]).map(({ text, value }) => ({ text: text.text, value }))
}

function fieldValue({ type, initial_value, initial_option }: Json, typed: string | undefined): Json {
  if (type === 'external_select') {
    const option =
      typed === undefined ? initial_option : { text: { type: 'plain_text', text: typed }, value: typed }
    return { type, selected_option: option ?? null }
  }
  const value = typed ?? initial_value ?? ''
  return { type, value: value === '' ? null : value }
}

/** `should_escape`: typed characters, people, groups and channels as Slack sends them. */
function escapeTyped(state: State, text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/@([a-z][\w.-]*)/g, (_all, name: string) => {
      const [group] = [...state.groups].find(([, { handle }]) => handle === name) ?? []
      if (group !== undefined) return `<!subteam^${group}|@${name}>`
      const [user] = [...state.people].find(([, person]) => person.name === name) ?? []
      return `<@${user ?? `U${name.toUpperCase()}`}|${name}>`
    })
}
