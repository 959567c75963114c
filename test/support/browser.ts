import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function findChromium(): string | undefined {
  const found = NAMES.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
  return found.find((path) => path !== '')
}

/** Whether Chromium is there; with CI=true its absence is an error, else it is said in one line. */
export function hasChromium(): boolean {
  if (findChromium() !== undefined) return true
  const how = 'Chromium is missing: apt-get install chromium (or install Chrome)'
  if (process.env['CI'] === 'true') throw new Error(how)
  console.warn(`${how}; the tests of the pages are left out.`)
  return false
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium')
  return await chromium.launch({ executablePath, args: FLAGS })
}
