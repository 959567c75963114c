import type { Json, State } from './state.ts'
import { type Method, type Outcome, place } from './method.ts'

export const PEOPLE_METHODS: Record<string, Method> = {
  'auth.test': {
    run: ({ state }) => ({
      ok: true,
      url: 'https://fake.slack.com/',
      team: 'Fake',
      user: 'expediter',
      team_id: state.team,
      user_id: state.botUser,
      bot_id: state.botId,
      is_enterprise_install: false,
    }),
  },
  'bots.info': {
    scope: () => 'users:read',
    run: ({ state }, { bot }) =>
      bot === state.botId
        ? { ok: true, bot: { id: bot, name: 'expediter', app_id: state.appId } }
        : { ok: false, error: 'bot_not_found' },
  },
  'users.info': { scope: () => 'users:read', run: ({ state }, { user }) => person(state, String(user)) },
  'usergroups.users.list': {
    scope: () => 'usergroups:read',
    run: ({ state }, { usergroup }) => {
      const group = state.groups.get(String(usergroup))
      return group === undefined ? { ok: false, error: 'no_such_subteam' } : { ok: true, users: group.users }
    },
  },
  'reactions.add': { scope: () => 'reactions:write', run: ({ state }, args) => react(state, args) },
}

function person(state: State, id: string): Outcome {
  const known = state.people.get(id)
  if (known === undefined) return { ok: false, error: 'user_not_found' }
  const { name, realName, displayName, isBot, team } = known
  return {
    ok: true,
    user: {
      id,
      team_id: team,
      name,
      real_name: realName,
      is_bot: isBot,
      profile: { real_name: realName, display_name: displayName },
    },
  }
}

function react(state: State, { channel, timestamp, name }: Json): Outcome {
  const refused = place(state, channel)
  if (refused !== undefined) return { ok: false, error: refused }
  const message = state.message(channel, timestamp)
  if (message === undefined || message.visibleTo !== undefined)
    return { ok: false, error: 'message_not_found' }
  if (typeof name !== 'string' || !/^[a-z0-9_+'-]+$/.test(name)) return { ok: false, error: 'invalid_name' }
  const given = message.reactions.get(name) ?? new Set()
  if (given.has(state.botUser)) return { ok: false, error: 'already_reacted' }
  message.reactions.set(name, given.add(state.botUser))
  return { ok: true }
}
