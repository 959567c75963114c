import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, configuredSecrets, readConfig, VARIABLES } from '../../../src/config.ts'

describe('configuration', () => {
  it('is documented row by row', () => {
    const documented = [
      ...readFileSync('docs/configuration.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$/gm),
    ].map(([, name, fallback, meaning]) => ({ name, fallback, meaning }))
    expect(documented).toEqual(
      VARIABLES.map(({ name, fallback, meaning }) => ({ name, fallback: fallback || 'none', meaning })),
    )
  })

  it('is read in one place: only the command line hands the environment on', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const readers = files.filter((file) => /process\.env/.test(readFileSync(path.join('src', file), 'utf8')))
    expect(readers).toEqual([path.join('cli', 'index.ts')])
  })

  it.each([
    [{ PORT: 'x' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ DATABASE_CONNECTIONS: '9' }, 'DATABASE_CONNECTIONS'],
    [{ REDIS_URL: 'x' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://one:1,two:2' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis-cluster://' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis-cluster://one:1,two:x' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis-cluster://one:1/3' }, 'REDIS_URL'],
    [{ EXPEDITER_TOKEN: 'short' }, 'EXPEDITER_TOKEN'],
    [{ EXPEDITER_ROLE: 'api,cook' }, 'EXPEDITER_ROLE'],
    [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_BOT_TOKEN'],
    [{ SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_BOT_TOKEN'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ QUEUE_SCHEMA: 'a b' }, 'QUEUE_SCHEMA'],
    [{ QUEUE_SCHEMA: '1st' }, 'QUEUE_SCHEMA'],
    [{ QUEUE_NAME: 'a:b' }, 'QUEUE_NAME'],
  ])('refuses %o, naming the variable', (env, name) => {
    expect(() => readConfig(env, '/x')).toThrow(ConfigError)
    expect(() => readConfig(env, '/x')).toThrow(name)
  })

  it('takes addresses with and without a trailing slash', () => {
    const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
    for (const end of ['', '/']) {
      const config = readConfig(
        {
          ...slack,
          SLACK_API_URL: `http://h:1/api${end}`,
          DISCORD_TOKEN: 'x',
          DISCORD_API_URL: `http://h:2/api${end}`,
        },
        '/x',
      )
      expect(config.slack?.apiUrl).toBe('http://h:1/api/')
      expect(config.discord?.apiUrl).toBe('http://h:2/api')
    }
  })

  it('takes one Redis or a cluster, and counts either password as a secret', () => {
    const read = (address: string) => readConfig({ REDIS_URL: address }, '/x')
    expect(read('redis://:s3cret@one:7000/2').redis).toEqual({
      kind: 'server',
      url: 'redis://:s3cret@one:7000/2',
    })
    expect(read('rediss-cluster://ana:p%40ss@one:7000,two,[::1]:7002').redis).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 6379 },
        { host: '::1', port: 7002 },
      ],
      username: 'ana',
      password: 'p@ss',
      tls: true,
    })
    expect(read('redis-cluster://one').redis).toMatchObject({ tls: false, password: undefined })
    expect(configuredSecrets(read('redis://:s3cret@one'))).toEqual(['s3cret'])
    expect(configuredSecrets(read('redis-cluster://:p%40ss@one,two'))).toEqual(['p@ss'])
  })

  it('never shows an address that it refuses', () => {
    for (const address of ['redis-cluster://ana:s3cret@one:x', 'redis//:s3cret@one'])
      expect(() => readConfig({ REDIS_URL: address }, '/x')).toThrow(/^(?!.*s3cret)/)
  })
})
