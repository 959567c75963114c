import { createDb, createPool } from '../db/client.ts'
import { adminNames, listAdmins } from '../domain/people/admins.ts'
import type { Finding } from './finding.ts'

/** Shows the admins. An installation without admins is no problem, but the operator should know. */
export async function checkAdmins(url: string): Promise<Finding> {
  const db = createDb(createPool({ url, max: 1, onError: () => {} }))
  try {
    const admins = await listAdmins(db)
    const detail =
      admins.length === 0
        ? 'no admin is named: everybody may set goals and invalidate runs; npm run expediter -- admin add <owner name> names one'
        : adminNames(admins)
    return { name: 'Admins', ok: true, detail }
  } finally {
    await db.destroy()
  }
}
