import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { startFakeDiscord } from '../../support/fake-discord/start.ts'
import { type Instance, startInstance } from '../../support/instance.ts'
import { createTestDatabase } from '../../support/postgres.ts'

it('registers its commands once, and again only when they changed', async () => {
  const discord = await startFakeDiscord()
  const database = await createTestDatabase()
  const config = { discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl } }
  const written = () =>
    discord.calls.filter((call) => call.startsWith('PUT') && call.endsWith('/commands')).length
  const read = () =>
    discord.calls.filter((call) => call.startsWith('GET') && call.endsWith('/commands')).length
  const start = async (times: number): Promise<Instance> => {
    const instance = await startInstance(config, { database })
    await expect.poll(read).toBe(times)
    return instance
  }
  const first = await start(1)
  await expect.poll(written).toBe(1)
  await first.stop()
  const second = await start(2)
  await second.stop()
  expect(written()).toBe(1)
  await discord.stop()
  await database.drop()
})

it('with a bad token everything else works, and /readyz says what to do', async () => {
  const discord = await startFakeDiscord()
  const instance = await startInstance({
    discord: { token: 'wrong', applicationId: undefined, apiUrl: discord.apiUrl },
  })
  const health = async () => (await instance.app.checks()).find(({ name }) => name === 'discord')
  await expect.poll(async () => (await health())?.ok).toBe(false)
  expect((await health())?.fix).toContain('DISCORD_TOKEN')
  expect((await instance.finish({ project: 'churn', metrics: { accuracy: 0.9 } })).run.ref).toBe('churn#1')
  await instance.stop()
  await discord.stop()
})

it('without a token a platform is off, and its SDK is not even loaded', async () => {
  const database = await createTestDatabase()
  const script = `
    import { createRequire } from 'node:module'
    import { startApp } from './src/app.ts'
    import { readConfig } from './src/config.ts'
    const app = await startApp(readConfig(process.env, process.cwd()))
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(loaded.length > 0, loaded.some((file) => /@slack|discord\\.js/.test(file)))
    await app.stop()`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: database.url,
      EXPEDITER_TOKEN: 'a token for this test',
      LOG_LEVEL: 'error',
    },
  })
  expect(child.stdout.trim()).toBe('true false')
  await database.drop()
})
