import { isIP } from 'node:net'
import { messageOf } from '../../errors.ts'
import type { Finding } from '../finding.ts'

const CALL_MS = 5_000

/** Over HTTP Slack comes to us: the address must be one that it can reach, and our server must answer there. */
export async function inspectAddress(publicUrl: string): Promise<Finding[]> {
  const url = new URL(publicUrl)
  const found: Finding[] = []
  if (url.protocol !== 'https:') {
    const fix =
      'Put a proxy with TLS in front and set PUBLIC_URL to its https address, or use Socket Mode (SLACK_APP_TOKEN).'
    found.push({ ok: false, detail: `PUBLIC_URL is ${publicUrl}: Slack posts to https only`, fix })
  }
  if (isPrivate(url.hostname)) {
    const fix = 'Set PUBLIC_URL to a name that the internet resolves, or use Socket Mode (SLACK_APP_TOKEN).'
    return [
      ...found,
      { ok: false, detail: `PUBLIC_URL is ${publicUrl}: Slack cannot reach this machine there`, fix },
    ]
  }
  return [...found, await inspectAnswer(`${publicUrl}/slack/events`)]
}

function isPrivate(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  if (isIP(name) === 0) return name === 'localhost' || name.endsWith('.localhost') || !name.includes('.')
  return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.|::1$|f[cd]|fe80)/i.test(name)
}

/** Only Expediter refuses an unsigned request in that way. */
export async function inspectAnswer(url: string): Promise<Finding> {
  try {
    const answer = await fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(CALL_MS) })
    if (answer.status === 401) return { ok: true, detail: `${url} answers, and refuses what is not signed` }
    const fix = 'Lead /slack/events of PUBLIC_URL to this server, unchanged: the signature covers the bytes.'
    return { ok: false, detail: `${url}: HTTP ${answer.status} where 401 is right`, fix }
  } catch (error) {
    const fix = 'Start it (npm start), and let the name and the port of PUBLIC_URL lead here.'
    return { ok: false, detail: `${url} does not answer: ${messageOf(error)}`, fix }
  }
}
