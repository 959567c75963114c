import { DiscordError, unknownInteraction, unknownMessage } from './errors.ts'
import type { UploadedFile } from './attachments.ts'
import { checkMessage, EPHEMERAL, shownOf } from './limits.ts'
import { checkModal, mayOpenModal } from './modals.ts'
import type { Json, State, Stored } from './state.ts'

const ANSWER_MS = 3000
const TOKEN_MS = 15 * 60_000

export interface Interaction {
  raw: Json
  user: string
  source: Stored | null
  createdAt: number
  answered: boolean
  type: number | null
  original: Stored | null
  choices: Json[] | null
  modal: Json | null
}

/** Interactions under way, with the deadlines that the platform keeps. */
export class Interactions {
  readonly all = new Map<string, Interaction>()
  readonly #state: State
  constructor(state: State) {
    this.#state = state
  }
  /** Sends INTERACTION_CREATE and returns the handle that records the answer. */
  start(type: number, channel: string, user: string, data: Json, source: Stored | null = null): Interaction {
    const s = this.#state
    const raw: Json = {
      id: s.id(),
      application_id: s.applicationId,
      type,
      token: `tok-${s.id()}`,
      version: 1,
      guild_id: s.guildId,
      guild: { id: s.guildId, locale: 'en-US', features: [] },
      channel_id: channel,
      channel: s.shown(channel),
      member: { ...s.member(user), permissions: String(s.permissionsIn(channel, user)) },
      app_permissions: String(s.permissionsIn(channel, s.applicationId)),
      locale: 'en-US',
      guild_locale: 'en-US',
      entitlements: [],
      context: 0,
      authorizing_integration_owners: { 0: s.guildId },
      attachment_size_limit: 10_485_760,
      data,
      ...(source ? { message: source.raw } : {}),
    }
    const started: Interaction = {
      raw,
      user,
      source,
      createdAt: s.clock.now().getTime(),
      answered: false,
      type: null,
      original: null,
      choices: null,
      modal: null,
    }
    this.all.set(raw.token, started)
    s.dispatch('INTERACTION_CREATE', raw)
    return started
  }
  /** The initial answer. Too late is 10062, a second one 40060. */
  answer(id: string, token: string, body: Json, files: UploadedFile[]): Interaction {
    const i = this.all.get(token)
    const s = this.#state
    const latencyMs = s.clock.now().getTime() - (i?.createdAt ?? 0)
    if (!i || i.raw.id !== id || (!i.answered && latencyMs > ANSWER_MS)) throw unknownInteraction()
    if (i.answered) throw new DiscordError(400, 40060, 'Interaction has already been acknowledged.')
    this.#apply(i, body.type, body.data ?? {}, files)
    i.answered = true
    i.type = body.type
    s.acks.push({ id, type: body.type, latencyMs })
    s.changed()
    return i
  }
  #apply(i: Interaction, type: number, data: Json, files: UploadedFile[]): void {
    const s = this.#state
    const seenBy = (data.flags ?? 0) & EPHEMERAL ? i.user : null
    if (type === 4) checkMessage(data, files)
    if (type === 4) i.original = s.store(i.raw.channel_id, s.applicationId, data, files, seenBy)
    else if (type === 5)
      i.original = s.store(i.raw.channel_id, s.applicationId, { flags: (data.flags ?? 0) | 128 }, [], seenBy)
    else if (type === 6) i.original = i.source
    else if (type === 7 && i.source) {
      checkMessage({ ...shownOf(i.source.raw), ...data }, files, i.source.raw.attachments)
      i.original = s.edit(i.source, data, files)
    } else if (type === 8) this.#choices(i, data)
    else if (type === 9) {
      mayOpenModal(i.raw.type)
      checkModal(data)
      i.modal = data
    } else
      throw new DiscordError(400, 50035, 'Invalid Form Body', {
        type: { _errors: [{ code: 'ENUM', message: 'bad type' }] },
      })
  }
  #choices(i: Interaction, data: Json): void {
    if (
      data.choices.length > 25 ||
      data.choices.some((c: Json) => c.name.length > 100 || String(c.value).length > 100)
    )
      throw new DiscordError(400, 50035, 'Invalid Form Body', {
        data: {
          choices: {
            _errors: [{ code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be 25 or fewer, of 100 characters.' }],
          },
        },
      })
    i.choices = data.choices
  }
  /** The interaction behind a webhook token, good for 15 minutes. */
  byToken(token: string): Interaction {
    const i = this.all.get(token)
    if (!i) throw new DiscordError(404, 10015, 'Unknown Webhook')
    if (this.#state.clock.now().getTime() - i.createdAt > TOKEN_MS)
      throw new DiscordError(401, 50027, 'Invalid Webhook Token')
    return i
  }
  message(token: string, id: string): Stored {
    const i = this.byToken(token)
    if (id !== '@original') return this.#state.find(i.raw.channel_id, id)
    if (!i.original || i.original.deleted) throw unknownMessage()
    return i.original
  }
}
