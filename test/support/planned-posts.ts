import { handleEvent } from '../../src/jobs/handlers/handle-event.ts'
import type { TestContext } from './postgres.ts'

/** Handles every event that waits, one after the other. */
export async function handleEvents({ ctx, db }: Pick<TestContext, 'ctx' | 'db'>): Promise<void> {
  for (;;) {
    const row = await db.selectFrom('outbox').select('id').orderBy('id').executeTakeFirst()
    if (row === undefined) return
    await handleEvent(ctx, row.id)
  }
}

/** What is planned has been posted: later records are posts of their own. */
export async function markPosted({ db }: Pick<TestContext, 'db'>): Promise<void> {
  await db
    .updateTable('deliveries')
    .set((eb) => ({
      status: 'sent',
      external_id: eb.cast<string>('id', 'text'),
      sent_version: eb.ref('version'),
    }))
    .where('status', '=', 'planned')
    .execute()
}
