/** `npm run pictures`: takes the pictures of the README anew, from a real instance with the runs of the demo. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { startApp } from '../../src/app.ts'
import { runCli } from '../../src/cli/index.ts'
import { readConfig } from '../../src/config.ts'
import { launchBrowser } from '../../test/support/browser.ts'
import { freePort } from '../../test/support/free-port.ts'

const FOLDER = import.meta.dirname
const TOKEN = 'exp-0123456789012345678901234567890123456789'
const SIZE = { width: 1_000, height: 1_000 }

const dataDir = await mkdtemp(path.join(os.tmpdir(), 'expediter-pictures-'))
const env = {
  PORT: String(await freePort()),
  EXPEDITER_DATA_DIR: dataDir,
  EXPEDITER_TOKEN: TOKEN,
  LOG_LEVEL: 'error',
}
const app = await startApp(readConfig(env, process.cwd()))
const browser = await launchBrowser()
try {
  if ((await runCli(['demo', '--exit'], env)) !== 0) throw new Error('the demo failed')
  // The records of a minute share one post, and its last edit comes when the minute is over.
  while (await isEditDue()) await sleep(1_000)
  await takeAll(await logIn(browser, app.url ?? ''), app.url ?? '')
} finally {
  await browser.close()
  await app.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function isEditDue(): Promise<boolean> {
  const { db } = app.ctx
  const due = await db
    .selectFrom('deliveries')
    .select('id')
    .whereRef('version', '>', 'sent_version')
    .execute()
  return due.length > 0
}

async function logIn(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' })
  await page.goto(`${url}/console`)
  await page.getByLabel('Token').fill(TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Console' }).waitFor()
  return page
}

async function takeAll(page: Page, url: string): Promise<void> {
  const file = (name: string) => path.join(FOLDER, `${name}.png`)
  await page.goto(`${url}/p/digits`)
  await page.screenshot({ path: file('board') })

  await page.goto(`${url}/console`)
  await page.getByRole('textbox', { name: '/exp' }).fill('compare digits#11 digits#12')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await page.getByRole('heading', { name: 'Answer, for you alone' }).waitFor()
  await drawn(page.locator('article').first())
  await page.screenshot({ path: file('console') })

  await page.goto(`${url}/console`)
  const post = page.locator('section[id^=m] > article').first()
  await drawn(post)
  await post.screenshot({ path: file('new-best') })
}

/** Charts are loaded as they come into view. */
async function drawn(message: Locator): Promise<void> {
  const chart = message.locator('img.chart')
  await chart.scrollIntoViewIfNeeded()
  await chart.evaluate((img) => (img as unknown as { decode(): Promise<void> }).decode())
  await message.page().evaluate('scrollTo(0, 0)')
}
