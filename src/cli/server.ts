import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'

/** A request to the running server as its admin. @throws Error that says what to do when it does not answer */
export async function callServer(
  config: Config,
  method: string,
  at: string,
  body?: unknown,
): Promise<Response> {
  const token = config.adminToken ?? (await tokenFromFile(config))
  const url = `http://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${config.port}${at}`
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  try {
    return await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    const why =
      error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
    throw new Error(
      `No server answers at ${url} (${why}). Start it with npm start, or set PORT and HOST as it has them.`,
      { cause: error },
    )
  }
}

async function tokenFromFile({ dataDir }: Config): Promise<string> {
  const file = path.join(dataDir, 'token')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new Error(
      `There is no token in ${file}. Set EXPEDITER_TOKEN, or EXPEDITER_DATA_DIR as the server has it.`,
      { cause: error },
    )
  }
}
