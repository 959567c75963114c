import { afterEach, describe, expect, it } from 'vitest'
import { listNotes } from '../../../src/domain/notes/list-notes.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { hasChromium } from '../../support/browser.ts'
import { talkOnConsole } from '../../support/talk/console.ts'
import { talkOnDiscord } from '../../support/talk/discord.ts'
import { talkOnSlack } from '../../support/talk/slack.ts'
import type { Line, Shown, Talk } from '../../support/talk/talk.ts'

const line = (command: string, typed: string, options: Record<string, string>): Line => ({
  typed: `${command} ${typed}`,
  command,
  options,
})
const WATCH = line('watch', 'churn', { project: 'churn' })
const BEST = line('best', 'accuracy in churn', { metric: 'accuracy', project: 'churn' })
const LEARNED = line('learned', '"A leaky split flatters accuracy" churn#2', {
  text: 'A leaky split flatters accuracy',
  runs: 'churn#2',
})
const TRIED = line('tried', 'split', { words: 'split' })
const SHOW = line('show', 'churn#2', { run: 'churn#2' })
const INVALIDATE = line('invalidate', 'churn#2 label leak', { run: 'churn#2', reason: 'label leak' })

let talk: Talk

afterEach(() => talk.stop())

async function notes(): Promise<string[]> {
  const { ctx } = talk.instance.app
  return (await listNotes(ctx, await findRun(ctx, 'churn#2'), 10)).map(({ text }) => text)
}

/** The one post of the channel, once it says this. */
async function postSaying(words: string | RegExp): Promise<Shown> {
  await expect
    .poll(async () => (await talk.posts()).map(({ text }) => text), { timeout: 20_000 })
    .toEqual([expect.stringMatching(words)])
  return (await talk.posts())[0] as Shown
}

/** How often the platform was told to change a message of the channel. */
async function edits(): Promise<number> {
  const rows = await talk.instance.app.ctx.db.selectFrom('deliveries').select('edits').execute()
  return rows.reduce((total, row) => total + row.edits, 0)
}

const PLATFORMS = [
  ['Slack', talkOnSlack],
  ['Discord', talkOnDiscord],
  ...(hasChromium() ? [['the console', talkOnConsole] as const] : []),
] as const

describe.each(PLATFORMS)('a conversation on %s', (_name, start) => {
  it('goes from the best run to its notes, to what was learned, to its invalidation and back', async () => {
    talk = await start()
    await talk.ask(WATCH)
    await talk.instance.finish({
      project: 'churn',
      owner: 'bo',
      params: { lr: 0.1 },
      metrics: { accuracy: 0.9 },
    })
    await talk.instance.finish({
      project: 'churn',
      owner: 'ana',
      params: { lr: 0.05 },
      metrics: { accuracy: 0.95 },
    })
    await postSaying(/New best accuracy in churn/)
    // Its picture follows, in place of the words that stand for it.
    await expect.poll(edits, { timeout: 20_000 }).toBe(talk.pictureEdits)
    const post = await postSaying(/New best accuracy in churn/)
    expect(post.text).toMatch(/0\.9\b.*0\.95/)

    const best = await talk.ask(BEST)
    expect(best.text).toMatch(/0\.95.*churn#2/s)
    const compared = await talk.press(best, 'Compare')
    expect(compared.text).toMatch(/lr[\s\S]*0\.05/)
    expect(compared.text).toMatch(/better|worse/)

    const receipt = await talk.fill(best, 'Note', 'Too good to be true?')
    expect(receipt.text).toContain('churn#2')
    await talk.reply(post, 'the split leaks labels')
    expect(await notes()).toEqual(['the split leaks labels', 'Too good to be true?'])
    await talk.trophy(post)
    await expect.poll(async () => (await talk.ask(SHOW)).text, { timeout: 20_000 }).toContain('keep')

    await talk.ask(LEARNED)
    const tried = await talk.ask(TRIED)
    expect(tried.text).toContain('A leaky split flatters accuracy')
    expect(tried.text).toContain('the split leaks labels')
    // All of it was for ana alone: the channel still sees one post, as it was.
    expect((await talk.posts()).map(({ text }) => text)).toEqual([post.text])
    expect(await edits()).toBe(talk.pictureEdits)

    const invalidated = await talk.ask(INVALIDATE)
    const struck = await postSaying(/label leak/)
    expect(struck.id).toBe(post.id)
    expect(struck.text).toContain('churn#1')
    await expect.poll(edits).toBe(talk.pictureEdits + 1)
    const former = await talk.ask(BEST)
    expect(former.text).toMatch(/0\.9\b[\s\S]*churn#1/)
    expect(former.text).not.toContain('churn#2')

    await talk.press(invalidated, 'Undo')
    await expect
      .poll(async () => (await talk.posts()).map(({ text }) => text), { timeout: 20_000 })
      .toEqual([post.text])
    await expect.poll(edits).toBe(talk.pictureEdits + 2)
    expect((await talk.ask(BEST)).text).toMatch(/0\.95[\s\S]*churn#2/)
    expect(await notes()).toHaveLength(3)
    expect(talk.pings?.() ?? 0).toBe(0)
  }, 120_000)
})
