import { isIP } from 'node:net'
import type { AppsManifestCreateArguments } from '@slack/web-api'
import type { Config } from '../../config.ts'
import type { Command } from '../commands/command.ts'
import { COMMANDS } from '../commands/index.ts'
import { ANNOTATE_RUN } from './callback-ids.ts'

/** Slack's own type: the compiler knows every scope and event that Slack has. */
export type SlackManifest = AppsManifestCreateArguments['manifest']
type Scope = NonNullable<NonNullable<NonNullable<SlackManifest['oauth_config']>['scopes']>['bot']>[number]
type Event = NonNullable<
  NonNullable<NonNullable<SlackManifest['settings']>['event_subscriptions']>['bot_events']
>[number]

/** Slack's limit for a command's usage hint, and how many commands it names. */
const HINT_LIMIT = 100

/** What the bot may do, and why. */
export const SCOPES = {
  commands: 'to be asked with /exp and by the message shortcut',
  'chat:write': 'to post where it was invited',
  'channels:read': 'to see whether it is a member before it promises messages',
  'groups:read': 'to see the same in private channels',
  'channels:history':
    'to hear the replies under its messages, which are notes, and to find a message again whose delivery was not confirmed',
  'groups:history': 'to hear replies and to find messages again in private channels',
  'im:write':
    'to answer clicks in its Home tab, and to write to the person who set up a channel when posts to it are refused',
  'im:history': 'to find a direct message again, and to hear replies under it',
  'files:write': 'to upload the charts that its messages show',
  'files:read': 'to see when an uploaded chart can be shown',
  'reactions:read': 'to take reactions as labels',
  'reactions:write': 'to confirm a note by a reaction on it',
  'users:read': 'to write the name of its author under a note',
  'usergroups:read': 'to see who belongs to a user group that was named as admin',
} as const satisfies Partial<Record<Scope, string>>

/** What unfurling needs besides, where there is a domain to unfurl. */
export const UNFURL_SCOPES = {
  'links:read': 'to hear of addresses of runs that people paste',
  'links:write': 'to show what they lead to',
} as const satisfies Partial<Record<Scope, string>>

const EVENTS = [
  'app_home_opened',
  'message.channels',
  'message.groups',
  'message.im',
  'reaction_added',
  'reaction_removed',
] as const satisfies Event[]

/** The scopes of this installation: those that its manifest asks for. */
export function scopesOf(config: Pick<Config, 'publicUrl'>): Record<string, string> {
  return unfurlDomain(config.publicUrl) === undefined ? SCOPES : { ...SCOPES, ...UNFURL_SCOPES }
}

/**
 * The manifest of the Slack app, made from the command list: paste it at api.slack.com/apps, "From a manifest".
 * @param overHttp Slack posts to us; unless said, by the tokens that there are, and for Socket Mode while there are none
 */
export function slackManifest(
  config: Pick<Config, 'publicUrl' | 'slack'>,
  overHttp: boolean = config.slack !== undefined && config.slack.appToken === undefined,
): SlackManifest {
  const url = `${config.publicUrl}/slack/events`
  const domain = unfurlDomain(config.publicUrl)
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: 'Expediter',
      description: 'The experiment tracker a team talks to: best runs, comparisons, alerts and reports.',
      background_color: '#1f2937',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'expediter', always_online: true },
      shortcuts: [
        {
          type: 'message',
          name: 'Annotate run',
          callback_id: ANNOTATE_RUN,
          description: 'Write a note on the run that this message is about',
        },
      ],
      slash_commands: [
        {
          command: '/exp',
          description: 'Ask for runs, boards and reports',
          usage_hint: usageHint(COMMANDS),
          should_escape: true,
          ...(overHttp ? { url } : {}),
        },
      ],
      ...(domain === undefined ? {} : { unfurl_domains: [domain] }),
    },
    oauth_config: { scopes: { bot: Object.keys(scopesOf(config)) as Scope[] } },
    settings: {
      event_subscriptions: {
        ...(overHttp ? { request_url: url } : {}),
        bot_events: domain === undefined ? [...EVENTS] : [...EVENTS, 'link_shared'],
      },
      interactivity: {
        is_enabled: true,
        ...(overHttp ? { request_url: url, message_menu_options_url: url } : {}),
      },
      org_deploy_enabled: false,
      socket_mode_enabled: !overHttp,
      token_rotation_enabled: false,
    },
  }
}

/** The host whose addresses Slack may report as shared; undefined for this machine, bare addresses and names without a dot. */
export function unfurlDomain(publicUrl: string): string | undefined {
  const host = new URL(publicUrl).hostname.toLowerCase()
  const named = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/.test(host)
  return named && isIP(host) === 0 && !host.endsWith('.localhost') ? host : undefined
}

/** As many command names as fit. */
function usageHint(commands: Command[]): string {
  let hint = ''
  for (const { name } of commands) {
    const longer = hint === '' ? name : `${hint} | ${name}`
    if (longer.length > HINT_LIMIT) break
    hint = longer
  }
  return hint
}
