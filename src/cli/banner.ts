export interface BannerState {
  url: string
  roles: string[]
  database: string
  /** Undefined: on the database. */
  queue: string | undefined
  /** How the platform is heard; undefined: it is off. */
  slack: string | undefined
  discord: string | undefined
  /** Undefined: the token was given as EXPEDITER_TOKEN. */
  tokenFile: string | undefined
}

/** What a stranger needs to see at the start: where the page is, what is on, where the token is, a first request. */
export function banner(state: BannerState): string {
  const token = state.tokenFile === undefined ? '$EXPEDITER_TOKEN' : `$(cat ${quoted(state.tokenFile)})`
  const parts: [string, string][] = [
    ['Page', state.roles.includes('api') ? state.url : 'not in this process'],
    [
      'Token',
      state.tokenFile === undefined
        ? 'the one in EXPEDITER_TOKEN'
        : `in ${state.tokenFile} (also to log in on the page)`,
    ],
    ['Database', state.database],
    ['Queue', state.queue ?? 'on the same PostgreSQL; REDIS_URL moves it to Redis'],
    ['Slack', state.slack ?? 'off; SLACK_BOT_TOKEN and SLACK_APP_TOKEN turn it on (docs/slack.md)'],
    ['Discord', state.discord ?? 'off; DISCORD_TOKEN turns it on (docs/discord.md)'],
    ...(state.roles.length === 3 ? [] : [['Roles', state.roles.join(', ')] as [string, string]]),
  ]
  const lines = parts.map(([label, value]) => `  ${label.padEnd(9)} ${value}`)
  if (!state.roles.includes('api')) return ['', 'Expediter is running.', '', ...lines, ''].join('\n')
  return [
    '',
    'Expediter is running.',
    '',
    ...lines,
    '',
    'Record a first run:',
    '',
    `curl -X POST ${state.url}/api/v1/runs \\`,
    `  -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" \\`,
    `  -d '{"project":"churn","owner":"ana","status":"finished","params":{"lr":0.01},"metrics":{"accuracy":0.931}}'`,
    '',
    `Then ask "best accuracy" in the console: ${state.url}/console`,
    '',
  ].join('\n')
}

function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
}
