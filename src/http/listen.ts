import { once } from 'node:events'
import { createServer } from 'node:net'
import { messageOf } from '../errors.ts'

interface Address {
  port: number
  host: string
}

/** Finds out whether the address is free before more is started. @throws an error that names the variable to change */
export async function checkAddress({ port, host }: Address): Promise<void> {
  const probe = createServer()
  try {
    probe.listen(port, host)
    await once(probe, 'listening')
    probe.close()
    await once(probe, 'close')
  } catch (error) {
    throw new Error(reasonOf(error, { port, host }), { cause: error })
  }
}

function reasonOf(error: unknown, { port, host }: Address): string {
  switch ((error as { code?: unknown }).code) {
    case 'EADDRINUSE':
      return `PORT ${port} is in use by another program. Stop that one, or set PORT to a free port.`
    case 'EACCES':
      return `PORT ${port} may not be listened on by this user. Set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine. Set HOST to one, or to 0.0.0.0 for all.`
    default:
      return messageOf(error)
  }
}
