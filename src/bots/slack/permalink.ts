import type { Identity } from './identity.ts'

/** Where a message is, as Slack's own "Copy link" gives it. */
export function permalinkOf(
  identity: Pick<Identity, 'url'> | undefined,
  channel: string,
  ts: string,
  thread?: string,
): string | undefined {
  if (identity === undefined || identity.url === '') return undefined
  const address = `${identity.url.replace(/\/+$/, '')}/archives/${channel}/p${ts.replace('.', '')}`
  return thread === undefined ? address : `${address}?thread_ts=${thread}&cid=${channel}`
}
