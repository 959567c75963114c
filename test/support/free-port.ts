import { once } from 'node:events'
import { createServer } from 'node:net'

/** A loopback port on which nothing listens. @param wanted that one or none: 0 when it is taken */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer()
  probe.listen(wanted, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return 0
  }
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
