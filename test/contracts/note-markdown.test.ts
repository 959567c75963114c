import fc from 'fast-check'
import { expect, it } from 'vitest'
import { renderDiscord } from '../../src/bots/discord/render.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { noteBody, noteLine } from '../../src/domain/notes/markdown.ts'
import { noteText } from '../../src/http/web/note-line.ts'
import { context, message } from '../../src/messages/build.ts'
import type { Block, Inline } from '../../src/messages/model.ts'
import { problemsOfBlocks } from '../support/check-slack-blocks.ts'
import { pingsOf } from '../support/fake-discord/pings.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { anyMarkdown } from '../support/markdown-arbitrary.ts'
import { readDiscord } from '../support/read-discord.ts'
import { readSlack } from '../support/read-slack.ts'

const REF = 'd:42' as const
const RUNS = fuzzRuns(1_000)

type Json = Record<string, any>

const discordOf = (...blocks: Block[]) => renderDiscord(message('note', 'Noted', blocks), REF)
const slackOf = (...blocks: Block[]) => renderSlack(message('note', 'Noted', blocks), REF).blocks

/** Styles that a note asks for, with what stands in them; blank ones show nothing. */
function styles(parts: Inline[]): string[] {
  return parts.flatMap((part) =>
    part.type === 'text' && part.style !== undefined && part.text.trim() !== '' ? [part.style] : [],
  )
}

function textsOf(blocks: Block[]): Inline[] {
  return blocks.flatMap((block) => (block.type === 'text' ? block.text : []))
}

it('on Discord a note has its own styles and links, and nothing else is live', () => {
  fc.assert(
    fc.property(anyMarkdown, (note) => {
      const blocks = noteBody(note, 300)
      const body = discordOf(...blocks)
      expect(pingsOf(body)).toEqual([])
      const read = readDiscord(body.embeds[0]?.description ?? '')
      expect(read.live).toBeUndefined()
      expect(read.styles.toSorted()).toEqual(styles(textsOf(blocks)).toSorted())
    }),
    RUNS,
  )
})

it('on Slack a note is rich text with its own styles and links', () => {
  fc.assert(
    fc.property(anyMarkdown, (note) => {
      const blocks = noteBody(note, 300)
      const shown = slackOf(...blocks)
      expect(problemsOfBlocks(shown)).toEqual([])
      const elements = shown.flatMap((block) => (block as Json)['elements'] as Json[])
      const parts = elements.flatMap((section) => section['elements'] as Json[])
      for (const { type, url } of parts) {
        expect(['text', 'link']).toContain(type)
        if (type === 'link') expect(url).toMatch(/^https?:\/\//)
      }
      const styled = parts.flatMap(({ style, text }) =>
        style && text.trim() !== '' ? Object.keys(style) : [],
      )
      expect(styled).toEqual(styles(textsOf(blocks)))
    }),
    RUNS,
  )
})

it('on one line of small print nothing is live but its styles and links', () => {
  fc.assert(
    fc.property(anyMarkdown, (note) => {
      const line = noteLine(note, 160)
      const small = context('Note: ', ...line)
      const [block] = slackOf(small) as unknown as [Json]
      expect(readSlack([block]).live).toEqual([])
      expect(readDiscord(discordOf(small).embeds[0]?.description ?? '').live).toBeUndefined()
    }),
    RUNS,
  )
})

it('on a page a note is made of these elements alone', () => {
  fc.assert(
    fc.property(anyMarkdown, (note) => {
      const html = noteText(note)
      const rest = html.replaceAll(
        /<(?:p class="text"|\/p|pre|\/pre|\/?strong|\/?em|\/?s|\/?code|a href="https?:\/\/[^"<>\s]+"|\/a)>/g,
        '',
      )
      expect(rest).not.toMatch(/[<>"]/)
    }),
    RUNS,
  )
})

it('an address of its own is live on every platform, and shown once', () => {
  const blocks = noteBody('see https://good.example/a_b(c)')
  expect(discordOf(...blocks).embeds[0]?.description).toBe('see <https://good.example/a_b(c)>')
  expect(noteText('see https://good.example/')).toBe(
    '<p class="text">see <a href="https://good.example/">https://good.example/</a></p>',
  )
  expect(JSON.stringify(slackOf(...blocks))).toContain(
    '{"type":"link","url":"https://good.example/a_b(c)","text":"https://good.example/a_b(c)"}',
  )
})
