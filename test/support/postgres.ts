import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { inject } from 'vitest'
import type { Ctx } from '../../src/context.ts'
import { DEFAULT_REACTIONS, reactions } from '../../src/config.ts'
import { createDb, createPool } from '../../src/db/client.ts'
import type { Database } from '../../src/db/tables.ts'
import { createMasker } from '../../src/domain/secrets/masker.ts'
import { createLogger } from '../../src/logger.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** Cloning locks the template: one file after the other. */
const CLONE_LOCK = 99_001

/** A database of its own, with today's schema and nothing in it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const url = new URL(inject('postgresUrl'))
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [CLONE_LOCK])
    await admin.query(`create database ${name} template ${TEMPLATE} strategy file_copy`)
  })
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => asAdmin(async (admin) => void (await admin.query(`drop database ${name} with (force)`))),
  }
}

/** Runs with a connection to the server's own database. */
export async function asAdmin(work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('postgresUrl') })
  admin.on('error', () => {})
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

export interface TestContext {
  ctx: Ctx
  db: Kysely<Database>
  url: string
  /** Moves the clock that the domain reads. */
  advance(ms: number): void
  setNow(now: Date): void
  close(): Promise<void>
}

/** A domain context on a database of its own, with a clock that stands still until it is moved. */
export async function createTestContext(start = new Date('2026-11-24T10:00:00.000Z')): Promise<TestContext> {
  const database = await createTestDatabase()
  const db = createDb(createPool({ url: database.url, max: 10, onError: () => {} }))
  let now = start
  const ctx: Ctx = {
    db,
    clock: { now: () => new Date(now) },
    log: createLogger('silent', (line) => line),
    publicUrl: 'http://127.0.0.1:3000',
    reactions: reactions(DEFAULT_REACTIONS),
    codeHosts: new Map(),
    mask: createMasker([]).maskDeep,
    checkpoint: () => {},
  }
  return {
    ctx,
    db,
    url: database.url,
    advance: (ms) => {
      now = new Date(now.getTime() + ms)
    },
    setNow: (value) => {
      now = value
    },
    close: async () => {
      await db.destroy()
      await database.drop()
    },
  }
}
