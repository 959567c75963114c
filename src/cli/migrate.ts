import { startEmbeddedPostgres } from '../db/embedded.ts'
import { migrateToLatest } from '../db/migrate.ts'
import { prepareQueueSchema } from '../jobs/prepare-postgres.ts'
import type { CliCommand, CliContext } from './command.ts'

export const migrate: CliCommand = {
  name: 'migrate',
  usage: 'migrate',
  summary: 'bring the database to the newest schema (serve does it too)',
  run: async (context) => {
    const { databaseUrl, dataDir } = context.config()
    if (databaseUrl !== undefined) return await migrateAt(context, databaseUrl)
    const embedded = await startEmbeddedPostgres({ dataDir, log: { warn: () => {}, error: () => {} } })
    try {
      return await migrateAt(context, embedded.url)
    } finally {
      await embedded.stop()
    }
  },
}

async function migrateAt({ out }: CliContext, url: string): Promise<number> {
  const ran = await migrateToLatest(url)
  await prepareQueueSchema(url)
  out(ran.length === 0 ? 'The schema is up to date.' : `Ran ${ran.join(', ')}.`)
  return 0
}
