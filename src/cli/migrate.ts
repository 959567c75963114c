import { migrateToLatest } from '../db/migrate.ts'
import { prepareQueueSchema } from '../jobs/prepare-postgres.ts'
import type { CliCommand } from './command.ts'
import { withDatabase } from './database.ts'

export const migrate: CliCommand = {
  run: async ({ config, out }) => {
    const read = config()
    const ran = await withDatabase(read, async (url) => {
      const names = await migrateToLatest(url)
      await prepareQueueSchema(url, read.queue.schema)
      return names
    })
    out(ran.length === 0 ? 'The schema is up to date.' : `Ran ${ran.join(', ')}.`)
    return 0
  },
}
