import type { UploadedFile } from './attachments.ts'
import { DiscordError, missingAccess, missingPermissions } from './errors.ts'
import { guildOf } from './gateway.ts'
import type { Interactions } from './interactions.ts'
import { checkCommands, checkMessage, EPHEMERAL, LIMITS, Refusals, shownOf } from './limits.ts'
import { BITS } from './permissions.ts'
import type { Reactions } from './reactions.ts'
import type { Json, State } from './state.ts'

export interface Call {
  params: string[]
  query: URLSearchParams
  body: Json
  files: UploadedFile[]
}
export interface Route {
  method: string
  path: RegExp
  open?: boolean
  run: (call: Call) => unknown
}

/** All REST routes. A handler returns the JSON to answer, or undefined for an empty 204. */
export function routesOf(
  state: State,
  interactions: Interactions,
  reactions: Reactions,
  gateway: { url(): string; flags(): number },
): Route[] {
  const me = state.applicationId
  const at = (method: string, path: string, run: Route['run'], open = false): Route => ({
    method,
    path: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`),
    run,
    open,
  })
  const readable = (id: string): Json => {
    if (!(state.permissionsIn(id, me) & BITS.viewChannel)) throw missingAccess()
    return state.shown(id)
  }
  const need = (id: string, bits: bigint): void => {
    readable(id)
    if ((state.permissionsIn(id, me) & bits) !== bits) throw missingPermissions()
  }
  const writable = (id: string, body: Json, files: UploadedFile[]): void => {
    const isThread = state.channel(id).type === 11
    need(id, isThread ? BITS.sendInThreads : BITS.sendMessages)
    if (body.embeds?.length) need(id, BITS.embedLinks)
    if (files.length > 0) need(id, BITS.attachFiles)
    if (body.message_reference) need(id, BITS.readHistory)
  }
  const guarded = (what: string, body: Json): void => {
    if (!body.allowed_mentions) state.unguarded.push(what)
  }
  const own = (channel: string, id: string) => {
    readable(channel)
    const found = state.find(channel, id)
    if (found.raw.author.id !== me)
      throw new DiscordError(403, 50005, 'Cannot edit a message authored by another user')
    return found
  }
  const post = ({ params: [channel = ''], body, files }: Call): Json => {
    writable(channel, body, files)
    guarded(`POST ${channel}`, body)
    checkMessage(body, files)
    const again = body.enforce_nonce && body.nonce != null && state.sameNonce(channel, me, String(body.nonce))
    if (again) return again.raw
    if (body.message_reference) state.find(channel, body.message_reference.message_id)
    return state.store(channel, me, body, files).raw
  }
  const list = ({ params: [channel = ''], query }: Call): Json[] => {
    readable(channel)
    const after = BigInt(query.get('after') ?? 0)
    const before = BigInt(query.get('before') ?? '9'.repeat(19))
    if (!(state.permissionsIn(channel, me) & BITS.readHistory)) return []
    const all = state.messages.filter((m) => m.raw.channel_id === channel && !m.deleted && !m.visibleTo)
    const inside = all.map((m) => m.raw).filter((m) => BigInt(m.id) > after && BigInt(m.id) < before)
    const limit = Number(query.get('limit') ?? 50)
    return (query.has('after') ? inside.slice(0, limit) : inside.slice(-limit)).reverse()
  }
  const thread = (parent: string, body: Json, id?: string): Json => {
    need(parent, BITS.createPublicThreads)
    if (state.channel(parent).type === 11)
      throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
    const r = new Refusals()
    r.max('name', body.name, LIMITS.threadName)
    r.check()
    if (id && state.channels.has(id))
      throw new DiscordError(400, 160004, 'A thread has already been created for this message')
    const made = state.addChannel(body.name, {
      ...(id ? { id } : {}),
      type: 11,
      parent_id: parent,
      owner_id: me,
      message_count: 0,
      member_count: 1,
      thread_metadata: {
        archived: false,
        auto_archive_duration: 1440,
        archive_timestamp: state.clock.now().toISOString(),
        locked: false,
      },
    })
    state.dispatch('THREAD_CREATE', { ...state.channel(made), newly_created: true })
    state.changed()
    return state.channel(made)
  }
  const react =
    (act: 'add' | 'remove') =>
    ({ params: [channel = '', id = '', emoji = ''] }: Call): void => {
      readable(channel)
      reactions[act](state.find(channel, id), me, decodeURIComponent(emoji))
    }
  const setCommands = (scope: string, body: Json): Json[] => {
    checkCommands(body as unknown as Json[])
    const made = (body as unknown as Json[]).map((c) => ({
      type: 1,
      ...c,
      id: state.id(),
      application_id: me,
      version: state.id(),
    }))
    state.commands.set(scope, made)
    state.changed()
    return made
  }
  const followUp = ({ params: [, token = ''], body, files }: Call): Json => {
    const i = interactions.byToken(token)
    guarded('follow-up', body)
    checkMessage(body, files)
    return state.store(i.raw.channel_id, me, body, files, (body.flags ?? 0) & EPHEMERAL ? i.user : null).raw
  }
  const callback = ({ params: [id = '', token = ''], query, body, files }: Call): Json | undefined => {
    if (body.type === 4 || body.type === 7) guarded('callback', body.data ?? {})
    const i = interactions.answer(id, token, body, files)
    if (query.get('with_response') !== 'true') return undefined
    const message = i.original?.raw
    return {
      interaction: { id, type: i.raw.type, response_message_id: message?.id },
      resource: { type: body.type, ...(message ? { message } : {}) },
    }
  }
  const editOriginal = ({ params: [, token = '', id = ''], body, files }: Call): Json => {
    const found = interactions.message(token, id)
    guarded('edit of an answer', body)
    checkMessage({ ...shownOf(found.raw), ...body }, files, found.raw.attachments)
    body.flags ??= found.raw.flags & ~128
    return state.edit(found, body, files).raw
  }
  const application = () => ({ id: me, name: 'expediter', flags: gateway.flags(), bot: state.users.get(me) })
  const c = '/channels/:c'
  const m = `${c}/messages/:m`
  const hook = '/webhooks/:a/:t'
  return [
    at('GET', '/gateway/bot', () => ({
      url: gateway.url(),
      shards: 1,
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 },
    })),
    at('GET', '/users/@me', () => state.users.get(me)),
    at('POST', '/users/@me/channels', ({ body }) => {
      const found = [...state.channels.values()].find(
        (x) => x.type === 1 && x.recipients[0].id === body.recipient_id,
      )
      const made =
        found?.id ??
        state.addChannel('', {
          type: 1,
          guild_id: undefined,
          recipients: [state.users.get(body.recipient_id)],
        })
      return state.channel(made)
    }),
    at('GET', '/users/@me/guilds', () =>
      state.invited ? [{ id: state.guildId, name: guildOf(state).name }] : [],
    ),
    at('GET', '/applications/@me', application),
    at('GET', '/oauth2/applications/@me', application),
    at('GET', '/guilds/:g', () => guildOf(state)),
    at('GET', '/guilds/:g/roles', () => [...state.roles.values()]),
    at('GET', '/guilds/:g/channels', () => guildOf(state).channels),
    at('GET', '/guilds/:g/members/:u', ({ params }) => state.member(params[1] ?? '')),
    at('GET', c, ({ params }) => readable(params[0] ?? '')),
    at('POST', `${c}/typing`, () => undefined),
    at('POST', `${c}/threads`, ({ params, body }) => thread(params[0] ?? '', body)),
    at('POST', `${c}/messages`, post),
    at('GET', `${c}/messages`, list),
    at('GET', m, ({ params: [ch = '', id = ''] }) => (readable(ch), state.find(ch, id).raw)),
    at('PATCH', m, ({ params: [ch = '', id = ''], body, files }) => {
      const found = own(ch, id)
      if (files.length > 0) need(ch, BITS.attachFiles)
      guarded(`PATCH ${ch}`, body)
      checkMessage({ ...shownOf(found.raw), ...body }, files, found.raw.attachments)
      return state.edit(found, body, files).raw
    }),
    at('DELETE', m, ({ params: [ch = '', id = ''] }) => (readable(ch), state.remove(state.find(ch, id)))),
    at(
      'POST',
      `${m}/threads`,
      ({ params: [ch = '', id = ''], body }) => (state.find(ch, id), thread(ch, body, id)),
    ),
    at('PUT', `${m}/reactions/:e/@me`, react('add')),
    at('DELETE', `${m}/reactions/:e/@me`, react('remove')),
    at(
      'PUT',
      `${c}/pins/:m`,
      ({ params: [ch = '', id = ''] }) => (readable(ch), void (state.find(ch, id).raw.pinned = true)),
    ),
    at(
      'PUT',
      `${c}/messages/pins/:m`,
      ({ params: [ch = '', id = ''] }) => (readable(ch), void (state.find(ch, id).raw.pinned = true)),
    ),
    at('PUT', '/applications/:a/commands', ({ body }) => setCommands('global', body)),
    at('GET', '/applications/:a/commands', () => state.commands.get('global') ?? []),
    at('PUT', '/applications/:a/guilds/:g/commands', ({ params, body }) =>
      setCommands(params[1] ?? '', body),
    ),
    at(
      'GET',
      '/applications/:a/guilds/:g/commands',
      ({ params }) => state.commands.get(params[1] ?? '') ?? [],
    ),
    at('POST', '/interactions/:i/:t/callback', callback, true),
    at('POST', hook, followUp, true),
    at('PATCH', `${hook}/messages/:m`, editOriginal, true),
    at(
      'GET',
      `${hook}/messages/:m`,
      ({ params }) => interactions.message(params[1] ?? '', params[2] ?? '').raw,
      true,
    ),
    at(
      'DELETE',
      `${hook}/messages/:m`,
      ({ params }) => state.remove(interactions.message(params[1] ?? '', params[2] ?? '')),
      true,
    ),
  ]
}
