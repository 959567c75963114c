import type { Config } from '../../config.ts'
import type { Command } from '../commands/command.ts'
import { COMMANDS } from '../commands/index.ts'

/** Slack's limit for a command's usage hint, and how many commands it names. */
const HINT_LIMIT = 100

/** What the bot may do, and why. */
export const SCOPES = {
  commands: 'to be asked with /exp',
  'chat:write': 'to post where it was invited',
  'channels:read': 'to see whether it is a member before it promises messages',
  'groups:read': 'the same in private channels',
  'channels:history': 'to find a message again whose delivery nobody confirmed',
  'groups:history': 'the same in private channels',
  'im:write': 'to tell whoever set up a route that it is broken',
  'im:history': 'to find such a message again',
} as const

/** The manifest of the Slack app, made from the command list: paste it at api.slack.com/apps, "From a manifest". */
export function slackManifest(config: Pick<Config, 'publicUrl' | 'slack'>, commands: Command[] = COMMANDS) {
  const overHttp = config.slack !== undefined && config.slack.appToken === undefined
  const url = `${config.publicUrl}/slack/events`
  const at = overHttp ? { url } : {}
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: 'Expediter',
      description: 'The experiment tracker a team talks to: best runs, comparisons, alerts and reports.',
      background_color: '#1f2937',
    },
    features: {
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
      bot_user: { display_name: 'expediter', always_online: true },
      slash_commands: [
        {
          command: '/exp',
          description: 'Ask for runs, boards and reports',
          usage_hint: usageHint(commands),
          should_escape: true,
          ...at,
        },
      ],
    },
    oauth_config: { scopes: { bot: Object.keys(SCOPES) } },
    settings: {
      interactivity: { is_enabled: true, ...(overHttp ? { request_url: url } : {}) },
      org_deploy_enabled: false,
      socket_mode_enabled: !overHttp,
      token_rotation_enabled: false,
    },
  }
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
