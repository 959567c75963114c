import { describe, expect, it } from 'vitest'
import { banner } from '../../../src/cli/banner.ts'
import { CLI_COMMANDS, runCli } from '../../../src/cli/index.ts'

const STATE = {
  url: 'http://127.0.0.1:3000',
  roles: ['api', 'worker', 'bots'],
  database: 'embedded PostgreSQL, data in .expediter/postgres',
  queue: undefined,
  slack: undefined,
  discord: undefined,
  tokenFile: '.expediter/token',
}

describe('the banner', () => {
  it('says where the page and the token are, what is on and off and how to turn it on, and a first request', () => {
    const text = banner(STATE)
    for (const part of [
      'http://127.0.0.1:3000/console',
      'in .expediter/token',
      'embedded PostgreSQL',
      'REDIS_URL',
      'SLACK_BOT_TOKEN and SLACK_APP_TOKEN turn it on',
      'DISCORD_TOKEN turns it on',
      '$(cat .expediter/token)',
    ]) {
      expect(text).toContain(part)
    }
    expect(text.split('\n').every((line) => line.length <= 120)).toBe(true)
  })

  it('names no file when the token was given, quotes one that needs it, and fits a process without a page', () => {
    expect(banner({ ...STATE, tokenFile: undefined })).toContain('Bearer $EXPEDITER_TOKEN')
    expect(banner({ ...STATE, tokenFile: "/a b/it's" })).toContain(`$(cat '/a b/it'\\''s')`)
    expect(banner({ ...STATE, roles: ['worker'] })).not.toContain('curl')
  })
})

describe('the command line', () => {
  it('answers unknown words and wrong settings with a code of its own', async () => {
    expect(await runCli(['tokn'], {})).toBe(2)
    expect(await runCli(['help'], {})).toBe(0)
    expect(await runCli(['doctor'], { PORT: 'x' })).toBe(1)
  })

  it('has a summary and a usage for every command', () => {
    for (const { name, usage, summary } of CLI_COMMANDS) {
      expect(usage.startsWith(name)).toBe(true)
      expect(summary.length).toBeGreaterThan(10)
    }
  })
})
