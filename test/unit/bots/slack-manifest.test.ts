import { expect, it } from 'vitest'
import { SCOPES, slackManifest } from '../../../src/bots/slack/manifest.ts'

const publicUrl = 'https://tracker.example'
const slack = {
  botToken: 'xoxb-1',
  appToken: 'xapp-1',
  signingSecret: undefined,
  apiUrl: 'https://slack.com/api/',
}

it("keeps within Slack's limits and names", () => {
  const { display_information: shown, features } = slackManifest({ publicUrl, slack })
  expect(shown.name.length).toBeLessThanOrEqual(35)
  expect(shown.description.length).toBeLessThanOrEqual(140)
  expect(features.bot_user.display_name).toMatch(/^[a-z0-9._-]{1,80}$/)
  const [command] = features.slash_commands
  expect(command).toMatchObject({ command: '/exp', should_escape: true })
  expect(command?.description.length).toBeLessThanOrEqual(2_000)
  expect(command?.usage_hint.length).toBeLessThanOrEqual(1_000)
})

it('is for Socket Mode without an address, and for HTTP with ours everywhere', () => {
  const socket = slackManifest({ publicUrl, slack })
  expect(socket.settings).toMatchObject({ socket_mode_enabled: true })
  expect(JSON.stringify(socket)).not.toContain(publicUrl)
  const http = slackManifest({ publicUrl, slack: { ...slack, appToken: undefined, signingSecret: 'secret' } })
  expect(http.settings).toMatchObject({
    socket_mode_enabled: false,
    interactivity: { request_url: `${publicUrl}/slack/events` },
  })
  expect(http.features.slash_commands[0]).toMatchObject({ url: `${publicUrl}/slack/events` })
})

it('asks for the least: no posting where it was not invited, no reading of people', () => {
  const { oauth_config } = slackManifest({ publicUrl, slack })
  expect(oauth_config.scopes.bot).toEqual(Object.keys(SCOPES))
  for (const scope of ['chat:write.public', 'users:read', 'files:write', 'admin'])
    expect(oauth_config.scopes.bot).not.toContain(scope)
})
