import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { listNotes } from '../../../src/domain/notes/list-notes.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import { hasChromium, launchBrowser } from '../../support/browser.ts'
import { ADMIN_TOKEN, createMovingClock, type Instance, startInstance } from '../../support/instance.ts'

describe.runIf(hasChromium())('the console', () => {
  let browser: Browser
  let instance: Instance
  let page: Page
  let complaints: string[] = []

  beforeAll(async () => void (browser = await launchBrowser()))
  afterAll(() => browser.close())
  beforeEach(async () => {
    instance = await startInstance({}, { clock: createMovingClock() })
    page = await open()
    await ask('watch churn')
    await finish(0.9)
    await finish(0.95)
    await page.getByText('New best accuracy in churn').waitFor()
  })
  afterEach(async () => {
    await page.context().close()
    await instance.stop()
    expect(complaints).toEqual([])
  })

  async function open(token = ADMIN_TOKEN): Promise<Page> {
    const opened = await (await browser.newContext()).newPage()
    complaints = []
    opened.on('pageerror', (error) => complaints.push(error.message))
    opened.on('console', (message) => {
      if (message.type() === 'error' && !/40[134]/.test(message.text())) complaints.push(message.text())
    })
    await opened.goto(`${instance.url}/console`)
    await opened.getByLabel('Token').fill(token)
    await opened.getByRole('button', { name: 'Log in' }).click()
    await opened.getByRole('heading', { name: 'Console' }).waitFor()
    return opened
  }

  const ask = async (line: string, on = page) => {
    await on.getByRole('textbox', { name: '/exp' }).fill(line)
    await on.getByRole('button', { name: 'Ask', exact: true }).click()
    await on.getByRole('heading', { name: 'Answer' }).waitFor()
  }
  const finish = (accuracy: number) =>
    instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
  const notes = async (ref = 'churn#2') => {
    const { ctx } = instance.app
    return await listNotes(ctx, await findRun(ctx, ref), 10)
  }
  const labels = async (ref = 'churn#2') => {
    const { ctx } = instance.app
    return (await readRun(ctx, await findRun(ctx, ref))).labels
  }
  const post = (on = page) => on.locator('section', { hasText: 'New best accuracy in churn' }).first()

  it('asks for a note in a form, says what is wrong with it, and keeps it with where it was written', async () => {
    await post().getByRole('button', { name: 'Note' }).click()
    await page.getByRole('heading', { name: 'Note on churn#2' }).waitFor()
    const text = page.getByLabel('What is there to know?')
    await text.fill('   ')
    await page.getByRole('button', { name: 'Save note' }).click()
    await page.getByRole('alert').getByText('A note needs a text.').waitFor()
    await text.fill('warm-up\nhelps <b>')
    await page.getByRole('button', { name: 'Save note' }).click()
    await page.getByText('Noted on churn#2').waitFor()
    expect(await notes()).toMatchObject([
      { text: 'warm-up\nhelps <b>', permalink: expect.stringMatching(/\/console#m\d+$/) },
    ])
    await ask('show churn#2')
    await page.getByRole('button', { name: /^Edit: warm-up/ }).click()
    await page.getByLabel('What is there to know?').fill('warm-up hurts')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Changed on churn#2').waitFor()
    expect(await notes()).toMatchObject([{ text: 'warm-up hurts', edited_at: expect.any(String) }])
  })

  it('takes replies as notes, changed and deleted by their author alone (D2)', async () => {
    await post().getByLabel('Reply').fill('better <i>than</i> it looks')
    await post().getByRole('button', { name: 'Reply' }).click()
    await post().getByText('better <i>than</i> it looks').waitFor()
    expect(await notes()).toMatchObject([
      { text: 'better <i>than</i> it looks', author: 'admin', account: 'person:admin' },
    ])
    const bob = await open(await token('bob'))
    await post(bob).getByText('better <i>than</i> it looks').waitFor()
    expect(await post(bob).getByText('Change').count()).toBe(0)
    await bob.context().close()

    await post().getByText('Change').click()
    await post().getByLabel('Text').fill('worse')
    await post().getByRole('button', { name: 'Save' }).click()
    await post().getByText('worse').waitFor()
    expect(await notes()).toMatchObject([{ text: 'worse', edited_at: expect.any(String) }])
    await post().getByText('Change').click()
    await post().getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => notes()).toEqual([])
    expect(await post().getByText('worse').count()).toBe(0)
  })

  it('takes reactions as labels, on and off, with the right that one of them needs (D3)', async () => {
    const keep = () => post().getByRole('button', { name: '🏆 keep' })
    await keep().click()
    await post().getByRole('button', { name: '🏆 keep 1', pressed: true }).waitFor()
    expect(await labels()).toEqual(['keep'])
    const bob = await open(await token('bob'))
    await post(bob).getByRole('button', { name: '🏆 keep 1', pressed: false }).click()
    await post(bob).getByRole('button', { name: '🏆 keep 2', pressed: true }).waitFor()
    await keep().click()
    await post().getByRole('button', { name: '🏆 keep 1', pressed: false }).waitFor()
    expect(await labels()).toEqual(['keep'])

    const admin = { platform: 'any', workspace: '', kind: 'person' as const, subject: 'eva', name: 'eva' }
    await instance.app.ctx.db
      .insertInto('admins')
      .values({ ...admin, named_by: 'x', created_at: new Date() })
      .execute()
    await post(bob).getByRole('button', { name: '⛔ invalid' }).click()
    await bob.getByRole('status').getByText('Only admins may').waitFor()
    await bob.context().close()
    await post().getByRole('button', { name: '⛔ invalid' }).click()
    await page.getByText('Withdrawn: new best accuracy in churn').waitFor()
    await page.getByText('is invalid: marked ⛔ by admin (admin)').waitFor()
    const withdrawn = page.locator('section', { hasText: 'Withdrawn' })
    await withdrawn.getByRole('button', { name: '⛔ invalid 1', pressed: true }).click()
    await page.getByRole('heading', { name: 'New best accuracy in churn' }).waitFor()
  })

  it('keeps what somebody is typing while the channel goes on', async () => {
    const field = post().getByLabel('Reply')
    await field.pressSequentially('half a th')
    await finish(0.96)
    await page.getByText('2 new bests').waitFor()
    const typed = page.locator('input[id^="reply-"]').last()
    expect(await typed.inputValue()).toBe('half a th')
    await page.keyboard.type('ought')
    expect(await typed.inputValue()).toBe('half a thought')
  })

  it('gives its connection back while nobody looks, and shows afterwards what has happened', async () => {
    const show = async (hidden: boolean) =>
      await page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    const isStream = (request: { url(): string }) => request.url().includes('/console/events')
    const ended = Promise.race([
      page.waitForEvent('requestfailed', isStream),
      page.waitForEvent('requestfinished', isStream),
    ])
    await show(true)
    await ended
    await finish(0.97)
    await show(false)
    await page.getByText('2 new bests').waitFor()
  })

  it('has no reply box where nothing may be written', async () => {
    const reader = await open(await token('carl', ['read']))
    await post(reader).waitFor()
    expect(await reader.getByLabel('Reply').count()).toBe(0)
    expect(await reader.getByRole('button', { name: '🏆 keep' }).count()).toBe(0)
    await reader.context().close()
  })

  async function token(person: string, scopes = ['ingest', 'read']): Promise<string> {
    const answer = await instance.api('POST', '/api/v1/tokens', { name: person, person, scopes })
    return ((await answer.json()) as { token: string }).token
  }
})
