import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../../test/support/with-client.ts'

const EVENTS = 2_000
const LOOK_MS = 20

/**
 * Writes events of the simplest kind and waits until every one of them is handled: leased, handed to the queue, taken
 * by a worker, and closed in a transaction.
 * @returns events a second
 */
export async function drainOutbox(url: string): Promise<number> {
  return await withClient(url, async (client) => {
    await client.query(
      `insert into channels (platform, workspace, channel, created_at) values ('console', '', 'quiet', now())
       on conflict do nothing`,
    )
    const begun = performance.now()
    await client.query(
      `insert into outbox (topic, payload, created_at)
       select 'channel.due', jsonb_build_object('channelId', id), now() from channels, generate_series(1, $1)
       where channel = 'quiet'`,
      [EVENTS],
    )
    await client.query(`select pg_notify('expediter_outbox', '')`)
    for (;;) {
      const { rows } = await client.query<{ left: boolean }>('select exists (select from outbox) as left')
      if (rows[0]?.left !== true) return EVENTS / ((performance.now() - begun) / 1_000)
      await sleep(LOOK_MS)
    }
  })
}
