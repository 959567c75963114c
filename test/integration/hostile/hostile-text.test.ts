import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listNotes } from '../../../src/domain/notes/list-notes.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { cleanText } from '../../../src/messages/clean.ts'
import { hasChromium, launchBrowser } from '../../support/browser.ts'
import { ADMIN_TOKEN } from '../../support/instance.ts'
import {
  ANA,
  beginning,
  type Both,
  expectNote,
  expectText,
  MARK,
  readBlocks,
  readMessage,
  startBoth,
  TEXTS,
} from './harness.ts'

const CASES = TEXTS.map((text, index) => ({
  text,
  project: `h${index}`,
  told: JSON.stringify(text.slice(0, 40)),
}))

let both: Both

beforeAll(async () => {
  both = await startBoth()
  for (const { project, text } of CASES) {
    const name = text.slice(0, 250)
    const run = { project, name, owner: text.slice(0, 200), group: text.slice(0, 200), tags: { stage: name } }
    const params = { model: text, [`p ${text.slice(0, 100)}`]: 1 }
    await both.instance.finish({ ...run, params, metrics: { accuracy: 0.5 } })
    await both.instance.finish({ ...run, params: { model: `other ${text}` }, metrics: { accuracy: 0.6 } })
  }
})

afterAll(() => both.stop())

describe('texts that would do harm', () => {
  it.each(CASES)('are kept as they are typed in chat: $told', async ({ project, text }) => {
    const run = `${project}#1`
    expectNote(await both.onSlack(`note ${run} ${MARK} ${text}`), text)
    expectNote(await both.onDiscord('note', { run, text: `${MARK} ${text}` }), text)
    expectNote(await both.onDiscord('learned', { text: `${MARK} ${text}`, runs: run }), text)
    const answer = await both.instance.api('GET', `/api/v1/notes?run=${encodeURIComponent(run)}`)
    const { items } = (await answer.json()) as { items: { text: string }[] }
    expect(items).toHaveLength(3)
    for (const note of items) expectNote(cleanText(note.text), text)
  })

  it.each(CASES)('are text in every answer: $told', async ({ project, text }) => {
    const [one, other] = [`${project}#1`, `${project}#2`]
    const asked = [
      [`show ${one}`, 'show', { run: one }],
      [`best accuracy in ${project}`, 'best', { metric: 'accuracy', project }],
      [`compare ${one} ${other}`, 'compare', { a: one, b: other }],
      [`tried ${MARK} in ${project}`, 'tried', { words: MARK, project }],
      [`runs in ${project}`, 'runs', { filter: `in ${project}` }],
    ] as const
    for (const [typed, command, options] of asked)
      for (const shown of [await both.onSlack(typed), await both.onDiscord(command, options)]) {
        if (command !== 'tried') expectText(shown, text)
        if (command !== 'best' && command !== 'runs') expectNote(shown, text)
      }
    expectText(await both.onSlack(`invalidate ${other} ${text.slice(0, 400)}`), text)
    expectText(await both.onDiscord('show', { run: other }), text)
    expect(both.pings()).toEqual([])
  })

  it('are text in what a channel is told, and notes where they are typed in its threads', async () => {
    const { slack, discord, instance, clock, inSlack, inDiscord, ana } = both
    await both.onSlack('watch fails failed')
    await both.onDiscord('watch', { project: 'fails', events: 'failed' })
    for (const [index, text] of TEXTS.entries()) await fail(index, text)
    const slackPosts = () => slack.posts(inSlack).filter(({ threadTs }) => threadTs === undefined)
    const discordPosts = () => discord.posts(inDiscord)
    const told = () => {
      // A channel hears one message a second.
      clock.advance(1_500)
      return [slackPosts().length, discordPosts().length]
    }
    await expect.poll(told, { timeout: 20_000 }).toEqual([TEXTS.length, TEXTS.length])
    const open = instance.app.ctx.db.selectFrom('deliveries').select('id').where('status', '<>', 'sent')
    await expect.poll(() => open.execute(), { timeout: 10_000 }).toEqual([])
    const read = [slackPosts().map(readBlocks), discordPosts().map(({ raw }) => readMessage(raw))]
    for (const [index, text] of TEXTS.entries())
      for (const posts of read)
        expectText(
          posts.find((post) => post.match(/fails\/runs\/(\d+)\s/)?.[1] === String(index + 1)) ?? '',
          text,
        )
    for (const text of TEXTS) {
      const typed = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      const said = slack.say({ channel: inSlack, user: ANA, text: typed, thread: slackPosts()[0]?.ts ?? '' })
      await slack.until(() => said.reactions.size > 0)
      const replyTo = discordPosts()[0]?.raw['id']
      const content = text.slice(0, 2_000)
      const { raw } = discord.message({ channel: inDiscord, user: ana, content, replyTo, ping: false })
      await discord.until(() => discord.reactionsBy(raw['id'], discord.applicationId).length > 0)
    }
    const notes = await listNotes(instance.app.ctx, await findRun(instance.app.ctx, 'fails#1'), 100)
    const kept = notes.map((note) => beginning(note.text)).toSorted()
    expect(kept).toEqual([...TEXTS, ...TEXTS.map(seenInDiscord)].map(beginning).toSorted())
    expect(both.pings()).toEqual([])
  })
})

/** A run that fails with the text as its name, owner, host and last line. */
async function fail(index: number, text: string): Promise<void> {
  const { finish, api } = both.instance
  const [name, owner] = [text.slice(0, 250), text.slice(0, 200)]
  const { run } = await finish({ project: 'fails', name, owner, env: { host: owner }, status: 'running' })
  // An error of its own for each, as the same error is told once.
  const lines = [...text.split('\n'), `${String.fromCharCode(97 + index).repeat(4)} ${text.split('\n')[0]}`]
  await api('POST', `/api/v1/runs/${run.id}/logs`, { lines })
  await api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
}

/** Discord's own markup is read as people see it. */
function seenInDiscord(text: string): string {
  return text.replace('<t:1700000000:R>', '2023-11-14T22:13Z').replaceAll(/<a?(:\w+:)\d+>/g, '$1')
}

describe.runIf(hasChromium())('on the pages texts that would do harm', () => {
  let page: Page
  /** Script errors, violations of the page's own policy, and whatever a script would have opened. */
  const complaints: string[] = []
  let close: () => Promise<void>

  beforeAll(async () => {
    const browser = await launchBrowser()
    close = () => browser.close()
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(`${both.instance.url}/`)
    await page.getByLabel('Token').fill(ADMIN_TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/login'))
  })
  afterAll(() => close())

  /** @returns what one reads on a page, in fields too */
  function seen({ injected, shown }: Looked): string {
    expect(injected).toEqual([])
    return shown
  }
  /** A page as the browser shows it. */
  async function open(path: string): Promise<string> {
    await page.goto(`${both.instance.url}${path}`, { waitUntil: 'domcontentloaded' })
    return seen(await page.evaluate<Looked>(`(${LOOK})(document)`))
  }
  /** A page as the browser reads it, without its pictures and scripts. */
  async function read(path: string): Promise<string> {
    const parsed = `fetch(${JSON.stringify(path)}).then((answer) => answer.text())
      .then((html) => (${LOOK})(new DOMParser().parseFromString(html, 'text/html')))`
    return seen(await page.evaluate<Looked>(parsed))
  }

  it.each(CASES)('are text: $told', async ({ project, text }) => {
    expectText(await read(`/p/${project}`), text)
    for (const path of [`/p/${project}/runs/1`, `/compare?runs=${project}%231,${project}%232`]) {
      const shown = await read(path)
      expectText(shown, text)
      expectNote(shown, text)
    }
    expectText(await read(`/p/${project}/runs/2`), text)
    expectNote(await read(`/console?q=${encodeURIComponent(`show ${project}#1`)}`), text)
    expectNote(await read(`/learnings?q=${MARK}&project=${project}`), text)
    expectText(await read(`/search?q=${encodeURIComponent(text.slice(0, 200))}`), text.slice(0, 200))
  })

  it('run no script where many stand on one page', async () => {
    const [runPage, notes, learnings] = [
      await open('/p/fails/runs/1'),
      await open('/notes'),
      await open('/learnings'),
    ]
    for (const text of TEXTS.slice(-5)) for (const shown of [runPage, notes]) expectNote(shown, text)
    for (const text of TEXTS) expectNote(learnings, text)
    await open(`/search?q=${MARK}`)
    await open('/p/fails')
    expect(complaints).toEqual([])
  })
})

interface Looked {
  injected: string[]
  shown: string
}

/** Elements and attributes that no page of ours has, and all text. */
const LOOK = `(document) => {
  const foreign = 'script:not([src^="/"]), iframe, object, embed, base, style, meta[http-equiv], [srcdoc], img:not([src^="/"]), '
    + 'a[href]:not([href^="/"], [href^="#"], [href^="http"])'
  const all = [...document.querySelectorAll('*')]
  return {
    injected: all
      .filter((element) => element.matches(foreign) || [...element.attributes].some(({ name }) => name.startsWith('on')))
      .map(({ outerHTML }) => outerHTML.slice(0, 200)),
    shown: [document.body.innerText, ...all.map(({ value }) => value ?? '')].join('\\n'),
  }
}`
