import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pictureFiles } from '../../src/bots/discord/render-pictures.ts'
import { renderDiscord } from '../../src/bots/discord/render.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { renderHtml } from '../../src/http/web/render-message.ts'
import { chartHash } from '../../src/charts/hash.ts'
import { message as build, paragraph, text } from '../../src/messages/build.ts'
import type { Chart } from '../../src/messages/chart.ts'
import type { Block, Message, RunLine } from '../../src/messages/model.ts'
import { problemsOfBlocks } from '../support/check-slack-blocks.ts'
import { checkMessage } from '../support/fake-discord/limits.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { GOLDEN } from '../support/golden/messages.ts'
import { anyMessage } from '../support/message-arbitrary.ts'

const RUNS = fuzzRuns(100)
const REF = 'd:12345678901234567890' as const
const PAGE = 'https://exp.example/projects/churn'

describe('any message renders within the limits', () => {
  it.each([true, false])('of Slack, native: %s', (native) => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const files = new Map(charts(message).map((chart) => [chartHash(chart), 'F0123456789']))
        const { text: fallback, blocks } = renderSlack(message, REF, { native, files })
        expect(problemsOfBlocks(blocks)).toEqual([])
        expect(fallback.replace(/&(amp|lt|gt);/g, '.').length).toBeLessThanOrEqual(150)
        if (!native) expect(JSON.stringify(blocks)).not.toMatch(/"type":"(table|image)"/)
      }),
      RUNS,
    )
  })

  it('of Discord', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const pictures = new Map(charts(message).map((chart) => [chartHash(chart), new Uint8Array(8)]))
        for (const drawn of [pictures, new Map()]) {
          const body = renderDiscord(message, REF, { pictures: drawn })
          const files = pictureFiles(body.attachments, drawn).map(({ name, data }, id) => ({
            id: String(id),
            name,
            bytes: data,
          }))
          expect(() => checkMessage(body, files)).not.toThrow()
          expect(body.embeds[0]?.description).not.toBe('')
        }
      }),
      RUNS,
    )
  })

  it('of a page, which has none but is well-formed', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const html = renderHtml(message, REF)
        expect(unbalanced(html)).toEqual([])
      }),
      RUNS,
    )
  })
})

function charts({ blocks }: Message): Chart[] {
  return blocks.flatMap((block) => (block.type === 'chart' ? [block.chart] : []))
}

/** Tags that are opened and not closed, or the other way round. */
function unbalanced(html: string): string[] {
  const open: string[] = []
  for (const [, close, name = ''] of html.matchAll(/<(\/?)([a-z0-9]+)(?:"[^"]*"|[^">])*>/g)) {
    if (['img', 'input'].includes(name)) continue
    if (close === '') open.push(name)
    else if (open.pop() !== name) return [`</${name}>`]
  }
  return open
}

/** What people read of a rendering. */
const shown = {
  slack: (message: Message) => JSON.stringify(renderSlack(message, REF).blocks),
  plainSlack: (message: Message) => JSON.stringify(renderSlack(message, REF, { native: false }).blocks),
  discord: (message: Message) => renderDiscord(message, REF).embeds[0]?.description ?? '',
}

function runLines(count: number): RunLine[] {
  return Array.from({ length: count }, (_, index) => ({
    rank: index + 1,
    ref: `churn#${index}`,
    url: `${PAGE}/${index}`,
    value: `0.${index}`,
    details: ['ana', '2 days ago'],
  }))
}

function messageOf(...blocks: Block[]): Message {
  return build('best', 'Best', blocks)
}

describe.each(Object.entries(shown))('what %s has no room for', (_platform, show) => {
  it('is counted in a list of runs, with what the list left out itself, and linked', () => {
    const shownText = show(messageOf({ type: 'runs', runs: runLines(500), more: { count: 14, url: PAGE } }))
    const kept = shownText.match(/churn#\d+/g)?.length ?? 0
    expect(kept).toBeGreaterThan(10)
    expect(shownText).toContain(`... ${500 - kept + 14} more`)
    expect(shownText).toContain(PAGE)
  })

  it('is counted in a table', () => {
    const rows = Array.from({ length: 300 }, (_, index) => [
      { text: `row-${index}-` },
      { text: 'x'.repeat(20) },
    ])
    const columns = [
      { title: 'a', align: 'left' as const },
      { title: 'b', align: 'right' as const },
    ]
    const shownText = show(messageOf({ type: 'table', columns, rows, more: { count: 5, url: PAGE } }))
    const kept = shownText.match(/row-\d+-/g)?.length ?? 0
    expect(kept).toBeGreaterThan(10)
    expect(shownText).toContain(`... ${300 - kept + 5} more`)
    expect(shownText).toContain(PAGE)
  })

  it('is counted in facts and in lines of code', () => {
    const lines = Array.from({ length: 900 }, (_, index) => `line-${index}`)
    const facts = lines.map((label) => ({ label, value: [text('v')] }))
    expect(show(messageOf({ type: 'code', text: lines.join('\n') }))).toMatch(/\.\.\. \d+ more lines/)
    expect(show(messageOf({ type: 'facts', facts }))).toMatch(/\.\.\. \d+ more/)
  })

  it('ends text in an ellipsis, however the text is divided', () => {
    const long = 'word '.repeat(1_200)
    expect(show(messageOf(paragraph(long)))).toContain('…')
    expect(show(messageOf(paragraph(long.slice(0, 4_095), 'a', 'b', 'c')))).toContain('…')
  })

  it('is counted in parts when nothing of them fits, and leads to the page', () => {
    const many = Array.from({ length: 60 }, (_, index) => paragraph(`part-${index}-${'x'.repeat(300)}`))
    const open: Block = {
      type: 'buttons',
      buttons: [{ id: 'open', label: 'Open', action: { do: 'open', url: PAGE } }],
    }
    const shownText = show(messageOf(...many, open))
    const kept = shownText.match(/part-\d+-/g)?.length ?? 0
    expect(shownText).toContain(`... ${60 - kept} more parts`)
    expect(shownText).toContain(PAGE)
  })
})

it.each([
  ['many narrow rows', 1, 150, 'x'],
  ['many columns', 30, 2, 'x'],
  ['long cells', 2, 40, 'x'.repeat(400)],
])('a table of %s is cut to what Slack takes', (_name, width, height, content) => {
  const columns = Array.from({ length: width }, () => ({ title: 'c', align: 'left' as const }))
  const rows = Array.from({ length: height }, () => columns.map(() => ({ text: content })))
  const { blocks } = renderSlack(messageOf({ type: 'table', columns, rows }), REF)
  expect(problemsOfBlocks(blocks)).toEqual([])
  expect(JSON.stringify(blocks)).toMatch(/\.\.\. \d+ more/)
})

it('keeps the first buttons on every platform and says how many there were', () => {
  const buttons = Array.from({ length: 40 }, (_, index) => ({
    id: `b${index}`,
    label: `Button ${index}`,
    action: { do: 'share' as const },
  }))
  const message = messageOf(paragraph('x'.repeat(20_000)), { type: 'buttons', buttons })
  expect(JSON.stringify(renderSlack(message, REF).blocks)).toContain('more buttons')
  expect(JSON.stringify(renderSlack(message, REF).blocks)).toContain(`exp:${REF}:b11`)
  expect(JSON.stringify(renderDiscord(message, REF))).toContain('15 more buttons')
  expect(JSON.stringify(renderDiscord(message, REF))).toContain(`exp:${REF}:b24`)
})

describe.each(Object.entries(GOLDEN))('an everyday message: %s', (_name, message) => {
  const left = message.blocks.some((block) => 'more' in block) ? 1 : 0

  it('is shown whole everywhere', () => {
    for (const show of Object.values(shown)) {
      expect(show(message).match(/\.\.\. \d+ more/g) ?? []).toHaveLength(left)
      expect(show(message)).not.toContain('…')
    }
  })
})
