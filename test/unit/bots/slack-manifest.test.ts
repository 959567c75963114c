import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { SCOPES, slackManifest, UNFURL_SCOPES, unfurlDomain } from '../../../src/bots/slack/manifest.ts'
import { MANIFEST_SCHEMA } from '../../support/slack-manifest-schema.ts'

const publicUrl = 'https://tracker.example'
const slack = {
  botToken: 'xoxb-1',
  appToken: 'xapp-1',
  signingSecret: undefined,
  apiUrl: 'https://slack.com/api/',
}
const socketMode = { publicUrl, slack }
const overHttp = { publicUrl, slack: { ...slack, appToken: undefined, signingSecret: 'secret' } }
const onLaptop = { publicUrl: 'http://127.0.0.1:3000', slack }

const valid = new Ajv({ allErrors: true }).compile(MANIFEST_SCHEMA)

describe("Slack's manifest", () => {
  it.each([
    ['Socket Mode', socketMode],
    ['HTTP', overHttp],
    ['a laptop', onLaptop],
    ['no Slack yet', { publicUrl, slack: undefined }],
  ])("keeps to Slack's published schema for %s", (_name, config) => {
    const manifest = slackManifest(config)
    expect(valid(manifest) ? [] : valid.errors).toEqual([])
    expect(valid({ ...manifest, unknown: 1 })).toBe(false)
    expect(valid({ ...manifest, display_information: { name: 'x'.repeat(36) } })).toBe(false)
  })

  it('is for Socket Mode without an address, and for HTTP with ours everywhere', () => {
    const socket = slackManifest(socketMode)
    expect(socket.settings).toMatchObject({ socket_mode_enabled: true })
    expect(JSON.stringify(socket)).not.toContain(publicUrl)
    const url = `${publicUrl}/slack/events`
    const http = slackManifest(overHttp)
    expect(http.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: url },
      interactivity: { request_url: url, message_menu_options_url: url },
    })
    expect(http.features?.slash_commands?.[0]).toMatchObject({ command: '/exp', should_escape: true, url })
  })

  it('has the message shortcut, the Home tab and the events that notes and labels come from', () => {
    const { features, settings } = slackManifest(onLaptop)
    expect(features).toMatchObject({
      app_home: { home_tab_enabled: true, messages_tab_read_only_enabled: false },
      shortcuts: [{ type: 'message', name: 'Annotate run', callback_id: 'annotate_run' }],
    })
    expect(settings?.event_subscriptions?.bot_events).toEqual([
      'app_home_opened',
      'message.channels',
      'message.groups',
      'message.im',
      'reaction_added',
      'reaction_removed',
    ])
  })

  it('unfurls only where there is a domain, and asks for the scopes of that only there', () => {
    const there = slackManifest(socketMode)
    expect(there.features?.unfurl_domains).toEqual(['tracker.example'])
    expect(there.settings?.event_subscriptions?.bot_events).toContain('link_shared')
    expect(there.oauth_config?.scopes?.bot).toEqual([...Object.keys(SCOPES), ...Object.keys(UNFURL_SCOPES)])
    const nowhere = slackManifest(onLaptop)
    expect(nowhere.features).not.toHaveProperty('unfurl_domains')
    expect(nowhere.settings?.event_subscriptions?.bot_events).not.toContain('link_shared')
    expect(nowhere.oauth_config?.scopes?.bot).toEqual(Object.keys(SCOPES))
  })

  it.each([
    ['https://Runs.Example.com:8443/base', 'runs.example.com'],
    ['http://localhost:3000', undefined],
    ['http://tracker', undefined],
    ['http://app.localhost:3000', undefined],
    ['http://127.0.0.1:3000', undefined],
    ['http://10.1.2.3', undefined],
    ['http://[::1]:3000', undefined],
    ['http://0x7f.1', undefined],
  ])('takes from %s the domain %s', (url, domain) => expect(unfurlDomain(url)).toBe(domain))

  it('asks for the least: no posting where it was not invited, no addresses of people', () => {
    const scopes = slackManifest(socketMode).oauth_config?.scopes?.bot
    for (const scope of ['chat:write.public', 'users:read.email', 'channels:join', 'im:read'])
      expect(scopes).not.toContain(scope)
  })

  it('is explained scope by scope in the documentation', () => {
    const page = readFileSync(new URL('../../../docs/slack.md', import.meta.url), 'utf8')
    for (const scope of [...Object.keys(SCOPES), ...Object.keys(UNFURL_SCOPES)])
      expect(page).toContain(`\`${scope}\``)
  })
})
