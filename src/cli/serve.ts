import path from 'node:path'
import { parseArgs } from 'node:util'
import { type App, startApp } from '../app.ts'
import { type Config, roles } from '../config.ts'
import { messageOf } from '../errors.ts'
import { banner } from './banner.ts'
import type { CliCommand } from './command.ts'
import { stopSignal } from './stop-signal.ts'

export const serve: CliCommand = {
  run: async ({ args, config: read, out, error }) => {
    const { values } = parseArgs({ args, options: { role: { type: 'string' } } })
    const given = read()
    const config: Config = values.role === undefined ? given : { ...given, roles: roles(values.role) }
    const stop = stopSignal(error)
    const app = await startApp(config)
    // What a library forgets to catch must not end a process that others rely on.
    process.on('unhandledRejection', (reason) =>
      app.ctx.log.error({ error: messageOf(reason) }, 'unhandled rejection'),
    )
    out(banner(stateOf(config, app)))
    await stop
    await app.stop()
    out('Stopped.')
    return 0
  },
}

function stateOf(config: Config, app: App) {
  const { file } = app.token
  return {
    url: config.publicUrl,
    roles: config.roles,
    database: app.database,
    queue: queueOf(config),
    slack:
      config.slack === undefined
        ? undefined
        : config.slack.appToken === undefined
          ? 'over HTTP'
          : 'Socket Mode',
    discord: config.discord === undefined ? undefined : 'gateway',
    tokenFile: file === undefined ? undefined : path.relative(process.cwd(), file) || file,
  }
}

function queueOf({ redis }: Config): string | undefined {
  if (redis === undefined) return undefined
  return redis.kind === 'cluster' ? 'Redis Cluster' : 'Redis'
}
