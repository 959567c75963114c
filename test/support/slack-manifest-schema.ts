/**
 * The numbers and patterns of Slack's published manifest schema (slackapi/manifest-schema, version 2), for the parts
 * that our manifest has. Names of scopes and events are checked by the compiler instead.
 */
const text = (maxLength: number, minLength = 1) => ({ type: 'string', minLength, maxLength })
const address = (maxLength: number) => ({ type: 'string', maxLength, pattern: '^https?:\\/\\/' })
const list = (items: object, maxItems: number, minItems = 0) => ({ type: 'array', items, maxItems, minItems })
const bool = { type: 'boolean' }

function object(properties: Record<string, object>, ...required: string[]) {
  return { type: 'object', properties, required, additionalProperties: false }
}

export const MANIFEST_SCHEMA = object(
  {
    _metadata: object({ major_version: { const: 2 }, minor_version: { type: 'integer' } }, 'major_version'),
    display_information: object(
      {
        name: text(35),
        description: text(140),
        background_color: text(7, 4),
        long_description: text(4_000, 175),
      },
      'name',
    ),
    features: object({
      app_home: object({
        home_tab_enabled: bool,
        messages_tab_enabled: bool,
        messages_tab_read_only_enabled: bool,
      }),
      bot_user: object(
        { display_name: { ...text(80), pattern: '^[a-z0-9._-]+$' }, always_online: bool },
        'display_name',
      ),
      shortcuts: list(
        object(
          {
            name: text(24),
            type: { enum: ['message', 'global'] },
            callback_id: text(255),
            description: text(150),
          },
          'name',
          'type',
          'callback_id',
          'description',
        ),
        10,
        1,
      ),
      slash_commands: list(
        object(
          {
            command: { ...text(32, 2), pattern: '^\\/' },
            url: address(3_000),
            description: text(2_000),
            usage_hint: text(1_000),
            should_escape: bool,
          },
          'command',
          'description',
        ),
        50,
        1,
      ),
      unfurl_domains: list({ ...text(255), pattern: '^(?![\\.\\-])([-a-z0-9\\.])+([a-z0-9])$' }, 5, 1),
    }),
    oauth_config: object({
      redirect_urls: list(text(2_500), 1_000),
      scopes: object({ bot: list(text(50), 255), user: list(text(50), 255) }),
    }),
    settings: object({
      event_subscriptions: object({
        request_url: address(3_500),
        bot_events: list(text(50), 100),
        user_events: list(text(50), 100),
      }),
      interactivity: object(
        { is_enabled: bool, request_url: address(3_500), message_menu_options_url: address(3_500) },
        'is_enabled',
      ),
      org_deploy_enabled: bool,
      socket_mode_enabled: bool,
      token_rotation_enabled: bool,
    }),
  },
  'display_information',
)
