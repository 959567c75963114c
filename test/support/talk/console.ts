import type { BrowserContext, Locator, Page } from 'playwright-core'
import { launchBrowser } from '../browser.ts'
import { createMovingClock, startInstance } from '../instance.ts'
import type { Shown, Talk } from './talk.ts'

/** Ana and bo each have a browser of their own: what ana alone sees is on her tabs, what the channel sees is on bo's. */
export async function talkOnConsole(): Promise<Talk> {
  const clock = createMovingClock()
  const instance = await startInstance({}, { clock })
  const browser = await launchBrowser()

  const logIn = async (person: string): Promise<{ context: BrowserContext; page: Page }> => {
    const scopes = ['ingest', 'read']
    const answer = await instance.api('POST', '/api/v1/tokens', { name: person, person, scopes })
    const { token } = (await answer.json()) as { token: string }
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${instance.url}/console`)
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'Console' }).waitFor()
    return { context, page }
  }
  const ana = await logIn('ana')
  const bo = await logIn('bo')

  // A tab for each answer: the last ones stay open for the buttons that they have. Not more, for a browser holds six
  // connections to a server and a tab that is looked at keeps one.
  const tabs = new Map<string, Page>()
  let answers = 0
  const answerOn = async (tab: Page): Promise<Shown> => {
    const id = `answer ${++answers}`
    tabs.set(id, tab)
    for (const [old, page] of [...tabs].slice(0, -3)) {
      tabs.delete(old)
      await page.close()
    }
    return { id, text: await textOf(tab.locator('h2:has-text("Answer, for you alone") + article')) }
  }
  const pressed = async (on: Shown, label: string): Promise<Page> => {
    const opened = ana.context.waitForEvent('page')
    const article = tabs.get(on.id)?.locator('h2 + article')
    await article?.getByRole('button', { name: label, exact: true }).click({ modifiers: ['ControlOrMeta'] })
    return await opened
  }
  const section = ({ id }: Shown) => ana.page.locator(`section#${id}`)
  const reload = async () => void (await ana.page.goto(`${instance.url}/console`))
  return {
    instance,
    clock,
    pictureEdits: 0,
    ask: async ({ typed }) => {
      const tab = await ana.context.newPage()
      await tab.goto(`${instance.url}/console`)
      await tab.getByRole('textbox', { name: '/exp' }).fill(typed)
      await tab.getByRole('button', { name: 'Ask', exact: true }).click()
      return await answerOn(tab)
    },
    press: async (on, label) => await answerOn(await pressed(on, label)),
    fill: async (on, label, text) => {
      const form = await pressed(on, label)
      await form.getByLabel('What is there to know?').fill(text)
      await form.getByRole('button', { name: 'Save note' }).click()
      return await answerOn(form)
    },
    posts: async () => {
      await bo.page.goto(`${instance.url}/console`)
      const sections = await bo.page.locator('section[id^=m]').all()
      return await Promise.all(
        sections.map(async (post) => ({
          id: (await post.getAttribute('id')) ?? '',
          text: await textOf(post.locator('> article').first()),
        })),
      )
    },
    reply: async (to, text) => {
      await reload()
      await section(to).getByLabel('Reply').fill(text)
      await section(to).getByRole('button', { name: 'Reply' }).click()
      await section(to).getByText(text).waitFor()
    },
    trophy: async (to) => {
      await reload()
      await section(to).getByRole('button', { name: '🏆' }).click()
      await section(to).getByRole('button', { name: '🏆', pressed: true }).waitFor()
    },
    stop: async () => {
      await browser.close()
      await instance.stop()
    },
  }
}

/** The words of a message in one line; its picture has none. */
async function textOf(article: Locator): Promise<string> {
  return (await article.innerText()).replaceAll(/\s+/g, ' ')
}
