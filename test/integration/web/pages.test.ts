import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, launchBrowser } from '../../support/browser.ts'
import { ADMIN_TOKEN, createMovingClock, type Instance, startInstance } from '../../support/instance.ts'

const HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202Eevil'

describe.runIf(hasChromium())('the pages', () => {
  let browser: Browser
  let instance: Instance
  let page: Page
  /** What a page must never have: script errors, violations of its own policy. */
  let complaints: string[]

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  beforeEach(async () => {
    instance = await startInstance({}, { clock: createMovingClock() })
    page = await open(1_200)
  })
  afterEach(async () => {
    await page.context().close()
    await instance.stop()
    expect(complaints).toEqual([])
  })

  async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
    const opened = await context.newPage()
    complaints = []
    opened.on('pageerror', (error) => complaints.push(error.message))
    opened.on('console', (message) => {
      if (message.type() === 'error' && !/40[134]/.test(message.text())) complaints.push(message.text())
    })
    opened.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    return opened
  }

  async function logIn(at = '/', on = page): Promise<void> {
    await on.goto(`${instance.url}${at}`)
    await on.getByLabel('Token').fill(ADMIN_TOKEN)
    await on.getByRole('button', { name: 'Log in' }).click()
    await on.waitForURL((url) => !url.pathname.startsWith('/login'))
  }

  async function fill(): Promise<void> {
    for (const [run, accuracy] of [0.9, 0.93, 'NaN', 0.95].entries()) {
      await instance.finish({
        project: 'churn',
        owner: ['ana', 'bo', 'cleo', 'ana'][run],
        name: `net ${run}`,
        params: { lr: 0.1 / (run + 1), optimizer: 'adamw' },
        metrics: { accuracy, loss: 0.5 - run / 10 },
        data: [{ name: 'train.csv', version: `md5:${'a1b2c3d4'.repeat(4)}` }],
        code: { commit: String(run).repeat(40), branch: 'main' },
      })
    }
  }

  /** Nothing is wider than the window: tables scroll inside their own frames. */
  async function fits(on = page): Promise<boolean> {
    return await on.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')
  }

  it('ask for a token, refuse a wrong one, and lead back to where one wanted to go', async () => {
    await fill()
    await page.goto(`${instance.url}/p/churn`)
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Token').fill(ADMIN_TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'churn', exact: true }).waitFor()
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.goto(`${instance.url}/`)
    expect(new URL(page.url()).pathname).toBe('/login')
    await page.goto(`${instance.url}/login?next=https://evil.example/`)
    await page.getByLabel('Token').fill(ADMIN_TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'Projects' }).waitFor()
    expect(page.url().startsWith(instance.url)).toBe(true)
  })

  it('show the board in order, the diverged run last and without a place', async () => {
    await fill()
    await logIn('/p/churn?metric=accuracy')
    const rows = await page.locator('table').first().locator('tbody tr').allInnerTexts()
    expect(rows.map((row) => row.match(/churn#\d/)?.[0])).toEqual([
      'churn#4',
      'churn#2',
      'churn#1',
      'churn#3',
    ])
    expect(rows[3]).toContain('diverged')
    expect(await page.getByRole('img').first().getAttribute('aria-label')).toContain('0.95')
    await page.getByLabel(/Conditions/).fill('by:bo')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.locator('table').first().locator('tbody tr').count()).toBe(1)
    await page.getByLabel(/Conditions/).fill('lrr<0.1')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('Did you mean lr')
  })

  it('show a run whole, and follow it while it is running', async () => {
    const { run } = await instance.finish({
      project: 'churn',
      status: 'running',
      owner: 'ana',
      params: { lr: 0.1 },
    })
    const log = (step: number, value: number) =>
      instance.api('POST', `/api/v1/runs/${run.id}/metrics`, { points: [{ name: 'loss', value, step }] })
    await log(1, 0.5)
    await log(2, 0.4)
    await logIn('/p/churn/runs/1')
    await page.getByText('Not recorded: code, data, seed, env, command').waitFor()
    await log(3, 0.125)
    await page.getByRole('cell', { name: '0.125' }).first().waitFor({ timeout: 15_000 })
  })

  it('answer in the console, correct a name by a button, share once, and show the channel live', async () => {
    await fill()
    await logIn('/console')
    await page.getByLabel('/exp').fill('watch churn')
    await page.keyboard.press('Enter')
    await page.getByText('This channel hears of').waitFor()
    await page.getByLabel('/exp').fill('best acuracy')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'accuracy' }).click()
    await page.getByRole('heading', { name: 'Best accuracy in churn' }).waitFor()
    await page.getByRole('button', { name: 'Share' }).click()
    await page.getByRole('status').waitFor()
    await page.getByText('Shared by admin').waitFor({ timeout: 15_000 })
    await instance.finish({ project: 'churn', owner: 'bo', metrics: { accuracy: 0.99 } })
    await page.getByRole('heading', { name: 'New best accuracy in churn' }).waitFor({ timeout: 15_000 })
  }, 60_000)

  it('compare runs side by side, better and worse in words', async () => {
    await fill()
    await logIn('/compare?runs=churn%231,churn%234')
    expect(await page.locator('table').innerText()).toMatch(/accuracy[\s\S]*better/)
  })

  /** Two runs with curves, the second without values for a while. */
  async function fillCurves(): Promise<void> {
    for (const [run, end] of [0.9, 0.95].entries()) {
      const started = await instance.finish({ project: 'churn', status: 'running', name: `net ${run}` })
      const steps = Array.from({ length: 3_000 }, (_, step) => step)
      const accuracy = steps.map((step) =>
        run === 1 && step > 90 && step < 110 ? 'NaN' : (end * step) / 3_000,
      )
      await instance.api('POST', `/api/v1/runs/${started.run.id}/metrics`, { steps, series: { accuracy } })
      await instance.api('PATCH', `/api/v1/runs/${started.run.id}`, { status: 'finished' })
    }
  }

  it('read curves step by step with the keyboard, on a log axis and smoothed', async () => {
    await fillCurves()
    await logIn('/p/churn/runs/2')
    const plot = page.getByRole('group', { name: /accuracy over/ })
    const readout = page.locator('.readout')
    await plot.focus()
    await page.keyboard.press('Home')
    expect(await readout.innerText()).toBe('step 0: 0')
    await page.keyboard.press('End')
    expect(await readout.innerText()).toBe('step 2,999: 0.94968')
    await page.keyboard.press('ArrowLeft')
    expect(await readout.innerText()).toBe('step 2,998: 0.94937')
    await page.getByLabel('Log axis').check()
    expect(await readout.innerText()).toContain('no place on a log axis')
    await page.getByLabel('Smoothing').fill('0.9')
    await plot.focus()
    await page.keyboard.press('End')
    // The moving average lags behind a value that rises evenly by nine steps.
    expect(await readout.innerText()).toBe('step 2,999: 0.94683')
    await page.keyboard.press('Escape')
    expect(await readout.innerText()).toContain('no place on a log axis')
  })

  it('compare ticked runs, their curves on top of each other', async () => {
    await fillCurves()
    await logIn('/p/churn')
    await page.getByLabel('Compare churn#1').check()
    await page.getByLabel('Compare churn#2').check()
    await page.getByRole('button', { name: 'Compare the ticked runs' }).click()
    await page.getByText('accuracy: churn#2 0.9497, churn#1 0.8997.').waitFor()
    const plot = page.getByRole('group', { name: /accuracy/ })
    await plot.focus()
    await page.keyboard.press('Home')
    for (let press = 0; press < 100; press++) await page.keyboard.press('ArrowRight')
    const readout = await page.locator('.readout').innerText()
    expect(readout).toMatch(/step 100: .*churn#2 no value.*churn#1 0\.03/)
    expect(await fits()).toBe(true)
  })

  it('say in a comparison and in the list of runs that a run is invalid', async () => {
    await fill()
    await instance.api('PUT', '/api/v1/runs/churn%234/invalidation', { reason: 'label leak' })
    await logIn('/compare?runs=churn%232,churn%234')
    expect(await page.getByText('churn#4 is invalid:').innerText()).toBe('churn#4 is invalid:')
    expect(await page.locator('.notice').first().innerText()).toContain('label leak')
    await page.goto(`${instance.url}/p/churn`)
    expect(await page.locator('tr', { hasText: 'churn#4' }).innerText()).toContain('finished, invalid')
  })

  it('say that a run is invalid and why, and which labels it has', async () => {
    await fill()
    await instance.api('PUT', '/api/v1/runs/churn%234/labels/keep')
    await instance.api('PUT', '/api/v1/runs/churn%234/invalidation', { reason: 'label leak' })
    await logIn('/p/churn/runs/4')
    await page.getByText('Invalid, and on no board: label leak. admin said so.').waitFor()
    await page.getByRole('heading', { name: 'Labels' }).waitFor()
    await page.getByText('keep', { exact: true }).waitFor()
    await page.goto(`${instance.url}/p/churn?metric=accuracy`)
    expect(await page.locator('table').first().innerText()).not.toContain('churn#4')
  })

  it('take a note of a run, and find it again by its words', async () => {
    await fill()
    await logIn('/p/churn/runs/2')
    await page.getByLabel('What did you learn').fill(`Warm-up smoothing helps ${HOSTILE} @everyone`)
    await page.getByRole('button', { name: 'Add note' }).click()
    await page.getByText('Warm-up smoothing helps <script>').waitFor()
    await page.getByRole('link', { name: 'Notes', exact: true }).click()
    await page.getByLabel('Words').fill('smooth')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('link', { name: 'churn#2' }).waitFor()
    await page.getByLabel('Words').fill('dropout')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText('Nothing has these words.').waitFor()
    await page.getByLabel('Search').fill('smoothing')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Notes' }).waitFor()
    await page.getByLabel('Search').fill('churn#3')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'churn#3' }).waitFor()
    await page.getByRole('link', { name: 'Learnings' }).click()
    await page.getByText('No learning yet.').waitFor()
  })

  it.each(['light', 'dark'] as const)('keep hostile names literal and fit a phone, %s', async (scheme) => {
    const name = `${HOSTILE} ${'x'.repeat(180)}`
    await instance.finish({
      project: `p ${HOSTILE}`.slice(0, 100),
      name,
      owner: HOSTILE,
      params: { [`a ${HOSTILE}`.slice(0, 200)]: HOSTILE, long: 'y'.repeat(3_000) },
      metrics: { accuracy: 0.5 },
      tags: { stage: HOSTILE },
    })
    await page.context().close()
    page = await open(360, scheme)
    await logIn('/')
    expect(await fits()).toBe(true)
    await page.getByRole('link', { name: /p .*script/ }).click()
    expect(await fits()).toBe(true)
    await page.getByRole('link', { name: /#1/ }).first().click()
    expect(await fits()).toBe(true)
    expect(await page.locator('main script, main img').count()).toBe(0)
    await page.goto(`${instance.url}/console?q=runs`)
    await page.getByText('1 run').first().waitFor()
    expect(await fits()).toBe(true)
  })

  it('say in words what is not there', async () => {
    await logIn('/')
    const answer = await page.goto(`${instance.url}/p/nothing`)
    expect(answer?.status()).toBe(404)
    await page.getByText('No project is called nothing').waitFor()
  })

  it('let the server stop while the console is open', async () => {
    await logIn('/console')
    // The browser notices that its stream ended: that is the point here, no defect.
    page.removeAllListeners('console')
    const begun = Date.now()
    await instance.app.stop()
    expect(Date.now() - begun).toBeLessThan(15_000)
  })
})
