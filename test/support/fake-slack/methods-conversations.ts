import type { Json, State, Stored } from './state.ts'
import { type Method, type Outcome, place, scopeIn } from './method.ts'

export const CONVERSATION_METHODS: Record<string, Method> = {
  'conversations.info': {
    scope: (state, { channel }) => scopeIn('read', state, channel),
    run: ({ state }, args) => info(state, args),
  },
  'conversations.open': {
    scope: () => 'im:write',
    run: ({ state }, { users }) =>
      /^[UW]/.test(String(users))
        ? { ok: true, channel: { id: state.direct(users) } }
        : { ok: false, error: 'user_not_found' },
  },
  'conversations.history': {
    scope: (state, { channel }) => scopeIn('history', state, channel),
    run: ({ state }, args) => history(state, args, ({ threadTs }) => threadTs === undefined),
  },
  'conversations.replies': {
    scope: (state, { channel }) => scopeIn('history', state, channel),
    run: ({ state }, args) =>
      history(state, args, ({ threadTs, ts }) => threadTs === args.ts || ts === args.ts),
  },
}

function info(state: State, args: Json): Outcome {
  const channel = state.channels.get(args.channel)
  // A private channel without the bot does not exist for it.
  if (channel === undefined || channel.gone || (channel.private && !channel.member))
    return { ok: false, error: 'channel_not_found' }
  return {
    ok: true,
    channel: {
      id: channel.id,
      name: channel.name,
      is_member: channel.member,
      is_im: channel.user !== undefined,
      is_private: channel.private,
      is_archived: channel.archived,
    },
  }
}

function history(state: State, args: Json, belongs: (message: Stored) => boolean): Outcome {
  const refused = place(state, args.channel)
  if (refused !== undefined && refused !== 'is_archived') return { ok: false, error: refused }
  const oldest = Number(args.oldest ?? 0)
  const messages = state.messages
    .filter(
      (message) =>
        message.channel === args.channel &&
        message.visibleTo === undefined &&
        belongs(message) &&
        Number(message.ts) > oldest,
    )
    .toReversed()
    .slice(0, Number(args.limit ?? 100))
    .map(({ ts, text, blocks, metadata, threadTs, user }) => ({
      type: 'message',
      ts,
      text,
      blocks,
      thread_ts: threadTs,
      ...(user === undefined ? { user: state.botUser, bot_id: state.botId } : { user }),
      ...(args.include_all_metadata === 'true' || args.include_all_metadata === true ? { metadata } : {}),
    }))
  return { ok: true, messages, has_more: false }
}
