import { afterAll, beforeAll, expect, test } from 'vitest'
import { doctor } from '../../../src/cli/doctor.ts'
import { readConfig } from '../../../src/config.ts'
import { findPooler, PREPARED_LOST, READ_ONLY } from '../../../src/db/check-server.ts'
import { startInstance } from '../../support/instance.ts'
import { hasPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import { asAdmin, createTestDatabase, type TestDatabase } from '../../support/postgres.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => await database.drop())

test('a server without a pooler keeps its sessions', async () => {
  expect(await findPooler(database.url)).toBeUndefined()
  expect((await runDoctor(database.url)).code).toBe(0)
})

test.runIf(hasPgBouncer()).each(['session', 'transaction'] as const)(
  'a pooler in %s mode is seen by the doctor and by /readyz',
  async (mode) => {
    const pooler = await startPgBouncer(database.url, mode)
    const found = await runDoctor(pooler.url)
    const instance = await startInstance({ databaseUrl: pooler.url }, { database })
    const ready = await instance.api('GET', '/readyz')
    const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean; detail: string }[] }
    await instance.stop()
    await pooler.stop()
    if (mode === 'session') {
      expect(found).toMatchObject({ code: 0 })
      expect(ready.status).toBe(200)
      expect(checks.map(({ name }) => name)).not.toContain('pooler')
    } else {
      expect(found.code).toBe(1)
      expect(found.text).toContain('a pooler in transaction mode')
      expect(found.text).toContain(
        "Use the pooler in session mode, or the server's own address, in DATABASE_URL.",
      )
      // Since 1.21 PgBouncer keeps prepared statements, and then only notifications are lost.
      expect(checks.filter(({ ok }) => !ok).map(({ detail }) => detail)).toEqual([
        expect.stringContaining('a pooler in transaction mode'),
      ])
      expect(ready.status).toBe(checks.some(({ detail }) => detail === PREPARED_LOST.detail) ? 503 : 200)
    }
  },
)

test('a server that became read-only is not ready, and the doctor says what to do', async () => {
  const instance = await startInstance({}, { database })
  expect((await instance.api('GET', '/readyz')).status).toBe(200)
  await setReadOnly(true)
  await expect.poll(async () => (await instance.api('GET', '/readyz')).status).toBe(503)
  const body = await (await instance.api('GET', '/readyz')).json()
  expect(body).toMatchObject({ failing: ['database'] })
  expect(body).toMatchObject({
    checks: expect.arrayContaining([{ name: 'database', ok: false, ...READ_ONLY }]),
  })
  const found = await runDoctor(database.url)
  expect(found.code).toBe(1)
  expect(found.text).toContain(READ_ONLY.detail)
  expect(found.text).toContain(READ_ONLY.fix)
  await setReadOnly(false)
  await expect.poll(async () => (await instance.api('GET', '/readyz')).status).toBe(200)
  await instance.stop()
})

/** As after a failover: sessions that were there end, and new ones are read-only. */
async function setReadOnly(on: boolean): Promise<void> {
  const name = new URL(database.url).pathname.slice(1)
  await asAdmin(async (admin) => {
    await admin.query(`alter database ${name} set default_transaction_read_only to ${on ? 'on' : 'off'}`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  })
}

async function runDoctor(url: string): Promise<{ code: number; text: string }> {
  const out: string[] = []
  const config = () => readConfig({ DATABASE_URL: url }, '/tmp')
  const code = await doctor.run({ args: [], config, out: (line) => void out.push(line), error: () => {} })
  return { code, text: out.join('\n') }
}
