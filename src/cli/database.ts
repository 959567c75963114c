import { systemClock } from '../clock.ts'
import { type Config, configuredSecrets } from '../config.ts'
import type { Ctx } from '../context.ts'
import { createDb, createPool } from '../db/client.ts'
import { findRunningPostgres, startEmbeddedPostgres } from '../db/embedded.ts'
import { createMasker } from '../domain/secrets/masker.ts'
import { createLogger } from '../logger.ts'

/**
 * Runs `work` on the configured database: the given server, the embedded one that a running instance uses, or the
 * embedded one started for the moment.
 */
export async function withDatabase<T>(config: Config, work: (url: string) => Promise<T>): Promise<T> {
  const known = config.databaseUrl ?? (await findRunningPostgres(config.dataDir))
  if (known !== undefined) return await work(known)
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: quiet })
  try {
    return await work(embedded.url)
  } finally {
    await embedded.stop()
  }
}

/** The same with a domain context. */
export async function withContext<T>(config: Config, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return await withDatabase(config, async (url) => {
    const db = createDb(createPool({ url, max: 2, onError: () => {} }))
    const masker = createMasker(configuredSecrets(config))
    const log = createLogger('warn', masker.maskText)
    try {
      const { publicUrl, reactions, codeHosts } = config
      return await work({
        db,
        clock: systemClock,
        log,
        publicUrl,
        reactions,
        codeHosts,
        mask: masker.maskDeep,
        checkpoint: () => {},
      })
    } finally {
      await db.destroy()
    }
  })
}

const quiet = { warn: () => {}, error: () => {} }
