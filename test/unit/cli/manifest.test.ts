import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { slackManifest } from '../../../src/bots/slack/manifest.ts'
import { manifest } from '../../../src/cli/manifest.ts'
import { readConfig } from '../../../src/config.ts'

async function run(args: string[], env: Record<string, string> = {}) {
  const [out, errors]: [string[], string[]] = [[], []]
  const config = () => readConfig({ PUBLIC_URL: 'https://tracker.example', ...env }, '/tmp')
  const code = await manifest.run({
    args,
    config,
    out: (line) => void out.push(line),
    error: (line) => void errors.push(line),
  })
  return { code, out: out.join('\n'), error: errors.join('\n') }
}

const config = { publicUrl: 'https://tracker.example', slack: undefined }

it('prints the manifest that the app is made from, for either way to reach it', async () => {
  expect(parse((await run(['slack'])).out)).toEqual(slackManifest(config))
  const overHttp = parse((await run(['slack', '--http'])).out)
  expect(overHttp).toEqual(slackManifest(config, true))
  expect(overHttp.settings).toMatchObject({
    socket_mode_enabled: false,
    interactivity: { request_url: 'https://tracker.example/slack/events' },
  })
  const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'secret' }
  expect(parse((await run(['slack'], tokens)).out)).toEqual(overHttp)
})

it('prints a link that carries it whole', async () => {
  const { out } = await run(['slack', '--link'])
  const url = new URL(out)
  expect(url.origin).toBe('https://api.slack.com')
  expect(JSON.parse(url.searchParams.get('manifest_json') ?? '')).toEqual(slackManifest(config))
})

it('refuses what cannot work, in words', async () => {
  expect(await run(['slack', '--http'], { PUBLIC_URL: 'http://127.0.0.1:3000' })).toMatchObject({
    code: 1,
    error: expect.stringContaining('https'),
  })
  for (const args of [[], ['discord'], ['slack', '--https']])
    expect(await run(args)).toMatchObject({
      code: 2,
      error: expect.stringContaining('Usage: manifest slack'),
    })
})
