import { REST } from 'discord.js'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inviteUrl } from '../../../src/bots/discord/permissions.ts'
import { registerCommands } from '../../../src/bots/discord/register-commands.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { ensureChannel } from '../../../src/domain/channels/ensure-channel.ts'
import { BITS } from '../../support/fake-discord/permissions.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { runDoctor } from '../../support/run-doctor.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
let discord: FakeDiscord

beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())
beforeEach(async () => {
  discord = await startFakeDiscord()
  const rest = new REST({ api: discord.apiUrl }).setToken(discord.token)
  await registerCommands(rest, discord.applicationId, pino({ level: 'silent' }))
})
afterEach(async () => {
  await discord.stop()
  await test.db.deleteFrom('subscriptions').execute()
  await test.db.deleteFrom('channels').execute()
})

const examine = (env: Record<string, string> = {}) =>
  runDoctor('Discord', {
    DATABASE_URL: test.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    ...env,
  })

async function watched(name: string): Promise<string> {
  const channel = discord.addChannel(name)
  const address = { platform: 'discord' as const, workspace: discord.guildId, channel, name }
  await transaction(test.db, async (trx) => {
    const { id } = await ensureChannel(trx, test.ctx, address)
    const row = {
      channel_id: id,
      project: 'churn',
      events: ['best'],
      created_by: 'u',
      created_at: new Date(),
    }
    await trx.insertInto('subscriptions').values(row).execute()
  })
  return channel
}

describe('the doctor on Discord', () => {
  it('finds everything well', async () => {
    await watched('experiments')
    const { code, lines } = await examine()
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'ok Discord connected as expediter',
      'ok Discord replies are read (message-content intent)',
      'ok Discord commands are registered',
      'ok Discord #experiments: all permissions',
    ])
    expect(code).toBe(0)
    expect(discord.calls.filter((call) => !call.startsWith('GET '))).toHaveLength(1)
  })

  it('does not call a missing intent a problem, and says how to switch it on', async () => {
    discord.gateway.disallowedIntents = 1 << 15
    const { code, lines } = await examine()
    expect(lines[1]).toMatch(/^ok .*replies are not read -> .*Message Content Intent.*\/exp note/)
    expect(code).toBe(0)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['no commands', () => discord.state.commands.clear(), /no commands -> Start it/],
    [
      'commands of another release',
      () => discord.state.commands.get('global')?.pop(),
      /of another release -> Start it/,
    ],
    [
      'no server',
      () => {
        discord.state.invited = false
      },
      /in no server -> Open https:\/\/discord.com\/oauth2/,
    ],
    [
      'a clock that is off',
      () => {
        discord.state.skewMs = 600_000
      },
      /clock is (599|600|601) s off -> Set the clock/,
    ],
    [
      'a channel that it does not see',
      async () => discord.state.denied.set(await watched('hidden'), 'none'),
      /#hidden: HTTP 403 -> Let the bot see it/,
    ],
    [
      'a channel that is gone',
      async () => discord.state.channels.delete(await watched('gone')),
      /#gone: HTTP 404 -> The channel is gone/,
    ],
    [
      'missing permissions in one channel',
      async () => discord.state.denied.set(await watched('half'), BITS.addReactions | BITS.attachFiles),
      /#half: missing Attach Files, Add Reactions -> .*give the bot Attach Files and Add Reactions/,
    ],
  ])('names %s with the next step', async (_what, prepare, says) => {
    await prepare()
    const { code, lines } = await examine()
    const problems = lines.filter((line) => line.startsWith('PROBLEM'))
    expect(problems.join('\n')).toMatch(says)
    expect(problems).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('knows a token of another application', async () => {
    const { lines } = await examine({ DISCORD_APPLICATION_ID: '1' })
    expect(lines.join('\n')).toMatch(
      /PROBLEM .* is 1, and the token is of .* -> Remove DISCORD_APPLICATION_ID/,
    )
  })

  it('invites with the real id of the application', async () => {
    discord.state.invited = false
    expect((await examine()).lines.join('\n')).toContain(inviteUrl(discord.applicationId))
  })

  it('says what to copy where when the token is wrong, and reads on nothing', async () => {
    const { lines } = await examine({ DISCORD_TOKEN: 'wrong' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/users\/@me: HTTP 401 -> .*DISCORD_TOKEN/)
  })

  it('says so when Discord cannot be reached', async () => {
    const gone = await startFakeDiscord()
    await gone.stop()
    const { lines } = await examine({ DISCORD_API_URL: gone.apiUrl })
    expect(lines[0]).toMatch(/ECONNREFUSED.*-> Check the network/)
  })
})
