import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refOfMessage, renderDiscord } from '../../src/bots/discord/render.ts'
import { noticeText as discordNotice } from '../../src/bots/discord/render-text.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { LOOK_ALIKES, noticeText as slackNotice } from '../../src/bots/slack/render-text.ts'
import { renderHtml } from '../../src/http/web/render-message.ts'
import { cleanLine, cleanText } from '../../src/messages/clean.ts'
import { chartHash } from '../../src/charts/hash.ts'
import type { Chart } from '../../src/messages/chart.ts'
import { message as messageOf } from '../../src/messages/build.ts'
import type { Block, Inline, Message } from '../../src/messages/model.ts'
import { pingsOf } from '../support/fake-discord/pings.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { HOSTILE } from '../support/hostile-text.ts'
import { anyText } from '../support/text-arbitrary.ts'

const REF = 'd:42' as const
const RUNS = fuzzRuns(1_000)
const PAGE = 'https://exp.example/churn'
const INVISIBLE =
  // biome-ignore lint: these are what must not be there
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u

const CHART: Chart = { kind: 'bar', title: 'Board', xLabel: 'accuracy', from: 0, bars: [] }

/** The text in every place that a text may stand. */
function everywhere(name: string): Message {
  const styles = [undefined, 'bold', 'italic', 'code', 'strike'] as const
  const inlines: Inline[] = [
    ...styles.map(
      (style): Inline => ({ type: 'text', text: name, ...(style === undefined ? {} : { style }) }),
    ),
    { type: 'link', text: name, url: PAGE },
    { type: 'mention', text: name, account: name },
  ]
  const blocks: Block[] = [
    { type: 'header', text: name },
    { type: 'text', text: inlines },
    { type: 'facts', facts: [{ label: name, value: inlines }] },
    { type: 'table', columns: [{ title: name, align: 'left' }], rows: [[{ text: name }]] },
    { type: 'runs', runs: [{ ref: name, url: PAGE, name, value: name, details: [name] }] },
    { type: 'buttons', buttons: [{ id: 'show', label: name, action: { do: 'ask', line: name } }] },
    { type: 'context', text: inlines },
    { type: 'context', text: [{ type: 'text', text: name }] },
    { type: 'link', text: name, url: PAGE },
    { type: 'image', url: `${PAGE}.png`, alt: name, title: name },
    { type: 'chart', chart: CHART, alt: name, title: name },
    { type: 'code', text: name },
  ]
  return { format: 1, kind: 'best', urgent: false, tone: 'good', fallback: name.slice(0, 150), blocks }
}

type Json = Record<string, any>

/** Every object inside of a structure that fits. */
function all(value: Json, fits: (one: Json) => boolean): Json[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap((one) => all(one, fits))
  return fits(value) ? [value, ...inner] : inner
}

const readable = HOSTILE.filter((name) => cleanLine(name) !== '')

describe('Slack', () => {
  it.each(readable)('takes %j literally', (name) => {
    const { text, blocks } = renderSlack(everywhere(name), REF)
    expect(unescape(text)).toBe(shortened(cleanLine(name.slice(0, 150)), text))
    for (const one of all(blocks, ({ type }) => type === 'plain_text')) expect(one.emoji).toBe(false)
    for (const { text: shown } of all(blocks, ({ type }) => type === 'mrkdwn')) {
      const own = shown.replaceAll(`<${PAGE}|`, '').replaceAll(/(?<!&[a-z]{0,4})>/g, '')
      expect(own).not.toMatch(/[<>]/)
      expect(own).not.toMatch(/&(?!(?:amp|lt|gt);)/)
    }
    expect(unseen(blocks)).toEqual([])
  })

  it('has no place for markup but small print with links or styles', () => {
    const { blocks } = renderSlack(everywhere('x'), REF)
    expect(all(blocks, ({ type }) => type === 'mrkdwn')).toHaveLength(1)
  })

  it('small print reads back as what was written, without a mark that starts anything', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const line = cleanLine(name.slice(0, 300), { trim: false })
        const parts: Inline = { type: 'text', text: line }
        const link: Inline = { type: 'link', text: 'page', url: PAGE }
        const { blocks } = renderSlack(
          { ...everywhere('x'), blocks: [{ type: 'context', text: [parts, link] }] },
          REF,
        )
        const [{ text: shown }] = all(blocks, ({ type }) => type === 'mrkdwn') as [Json]
        const own = shown.slice(0, -`<${PAGE}|page>`.length)
        expect(own).not.toMatch(/[*~`<>]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:[\w'+-]+:/)
        expect(signs(unescape(own))).toBe(signs(line))
      }),
      RUNS,
    )
  })

  it('leaves a command in small print as it is, to be copied', () => {
    const command = '/exp goal val_acc_top5 max where lr<0.01'
    const text: Inline[] = [{ type: 'text', text: command, style: 'code' }]
    const { blocks } = renderSlack({ ...everywhere('x'), blocks: [{ type: 'context', text }] }, REF)
    const [{ text: shown }] = all(blocks, ({ type }) => type === 'mrkdwn') as [Json]
    expect(unescape(shown)).toBe(`\`${command}\``)
  })
})

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** With signs and their look-alikes as one. */
function signs(text: string): string {
  return Object.entries(LOOK_ALIKES).reduce((all, [sign, like]) => all.replaceAll(like, sign), text)
}

/** The text, cut where the rendering was cut. */
function shortened(text: string, rendered: string): string {
  const shown = unescape(rendered)
  return shown.endsWith('…') ? `${text.slice(0, shown.length - 1)}…` : text
}

/** Strings in which something controls, reorders or hides. */
function unseen(value: unknown): string[] {
  if (typeof value === 'string') return INVISIBLE.test(value) || !value.isWellFormed() ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(unseen) : []
}

describe('Discord', () => {
  it.each(readable)('takes %j literally', (name) => {
    const body = renderDiscord(everywhere(name), REF)
    expect(body.allowed_mentions).toEqual({ parse: [] })
    expect(pingsOf(body)).toEqual([])
    expect(unseen(body)).toEqual([])
    const alone = renderDiscord(
      { ...everywhere('x'), blocks: [{ type: 'text', text: [{ type: 'text', text: name }] }] },
      REF,
    )
    const description = alone.embeds[0]?.description ?? ''
    expect(live(description)).toBe('')
    expect(live(body.content)).toBe('')
    expect(live(body.embeds[0]?.title ?? '')).toBe('')
    expect(shortenedTo(unescapeMarkdown(description), cleanText(name))).toBe(true)
  })

  it('takes any text literally', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const text: Inline[] = [{ type: 'text', text: name.slice(0, 500) }]
        const { embeds } = renderDiscord({ ...everywhere('x'), blocks: [{ type: 'text', text }] }, REF)
        expect(live(embeds[0]?.description ?? '')).toBe('')
      }),
      RUNS,
    )
  })

  it('ends a block of code only at its end', () => {
    const { embeds } = renderDiscord(
      { ...everywhere('x'), blocks: [{ type: 'code', text: '```\n@everyone\n``` **b**' }] },
      REF,
    )
    expect(embeds[0]?.description?.split('```')).toHaveLength(3)
  })
})

/** What Discord would still read as markup, an address or a mention; nothing when all is literal. */
function live(markdown: string): string {
  const bare = markdown.replaceAll(/\\[^0-9A-Za-z\s]/g, '·')
  const found = /[*_~`|<>[\]\\]|https?:\/\/|@(?:everyone|here)|:[\w+-]+:|^\s*(?:[#+-]|\d+\.(?=\s))/m.exec(
    bare,
  )
  return found?.[0] ?? ''
}

function unescapeMarkdown(text: string): string {
  return text.replaceAll(/\\([^0-9A-Za-z\s])/g, '$1')
}

function shortenedTo(shown: string, text: string): boolean {
  return shown.endsWith('…') ? text.startsWith(shown.slice(0, -1)) : shown === text
}

describe('the web', () => {
  it.each(readable)('takes %j literally', (name) => {
    const html = renderHtml(everywhere(name), REF)
    expect(tags(html)).toEqual(tags(renderHtml(everywhere('x'), REF)))
    expect(unseen(html)).toEqual([])
    expect(decode(/<h3>([^]*?)<\/h3>/.exec(html)?.[1] ?? '')).toBe(cleanText(name))
    expect(decode(/<pre>([^]*?)<\/pre>/.exec(html)?.[1] ?? '')).toBe(cleanText(name))
  })

  it.each(['javascript:alert(1)', 'data:text/html,<script>', 'http://', ' https://x.example', '//x.example'])(
    'makes no link to %j',
    (url) => {
      const link: Block = { type: 'link', text: 'page', url }
      const image: Block = { type: 'image', alt: 'a chart', url }
      const message = { ...everywhere('x'), blocks: [link, image] }
      expect(renderHtml(message, REF)).not.toMatch(/href|src/)
      expect(renderHtml(message, REF)).toContain('a chart')
      expect(JSON.stringify(renderSlack(message, REF).blocks)).not.toMatch(/"(url|image_url)"/)
      expect(renderDiscord(message, REF).embeds[0]?.description).toBe('page\n\na chart')
    },
  )
})

/** Tags with the names of their attributes: text from outside must not change them. */
function tags(html: string): string[] {
  return [...html.matchAll(/<(\/?[^\s>]+)((?:"[^"]*"|[^">])*)>/g)].map(([, tag, attributes = '']) =>
    [tag, ...[...attributes.matchAll(/([\w-]+)="[^"]*"/g)].map(([, name]) => name)].join(' '),
  )
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' }

function decode(html: string): string {
  return html.replaceAll(/&(?:#(\d+)|([a-z]+));/g, (_all, code?: string, name = '') =>
    code === undefined ? (ENTITIES[name] ?? '') : String.fromCodePoint(Number(code)),
  )
}

it.each(readable)('a notice takes %j literally', (name) => {
  expect(slackNotice(name)).not.toMatch(/[<>*~`]|:[\w'+-]+:/)
  expect(live(discordNotice(name))).toBe('')
})

describe('a mention', () => {
  const mentioning = (account: string): Message => {
    const value: Inline[] = [{ type: 'mention', text: '<!channel> @everyone', account }]
    const text: Inline[] = [{ type: 'mention', text: 'ana', account }]
    const blocks: Block[] = [
      { type: 'facts', facts: [{ label: 'Owner', value }] },
      { type: 'text', text },
      { type: 'context', text },
    ]
    return { ...everywhere('x'), blocks }
  }

  it('pings that account alone, where the platform does it', () => {
    const slack = renderSlack(mentioning('U0ANA'), REF).blocks
    expect(all(slack, ({ type }) => type === 'user')).toEqual([
      { type: 'user', user_id: 'U0ANA' },
      { type: 'user', user_id: 'U0ANA' },
    ])
    expect(all(slack, ({ type }) => type === 'mrkdwn')[0]?.['text']).toBe('ana (<@U0ANA>)')
    const discord = renderDiscord(mentioning('100000000000000007'), REF)
    expect(discord.content).toBe('x <@100000000000000007>')
    expect(discord.allowed_mentions).toEqual({ parse: [], users: ['100000000000000007'] })
    expect(pingsOf(discord)).toEqual(['100000000000000007'])
  })

  it('names the person without a ping in an edit', () => {
    const slack = JSON.stringify(renderSlack(mentioning('U0ANA'), REF, { ping: false }))
    expect(slack).not.toContain('U0ANA')
    expect(slack).toContain('"ana"')
    const discord = renderDiscord(mentioning('100000000000000007'), REF, { ping: false })
    expect(pingsOf(discord)).toEqual([])
    expect(discord.embeds[0]?.description).toContain('ana')
  })

  it.each(['', 'everyone', '!channel', 'U1> <!channel', '7> @here', '&5', 'u1'])(
    'of no account (%j) pings nobody',
    (account) => {
      const slack = JSON.stringify(renderSlack(mentioning(account), REF))
      expect(slack).not.toMatch(/"type":"user"|<@/)
      expect(pingsOf(renderDiscord(mentioning(account), REF))).toEqual([])
      expect(renderDiscord(mentioning(account), REF).content).toBe('x')
    },
  )
})

describe('for all to read', () => {
  it('every message has a fallback on every platform', () => {
    const message = everywhere('churn#142')
    expect(renderSlack(message, REF).text).toBe('churn#142')
    expect(renderDiscord(message, REF).content).toBe('churn#142')
    expect(renderHtml(message, REF)).toContain('aria-label="churn#142"')
  })

  it('what the line above an embed says is not said again in it', () => {
    const told = 'This channel hears of new bests in churn.'
    const text = (value: string): Block => ({ type: 'text', text: [{ type: 'text', text: value }] })
    const short = messageOf('watch', told, [text(told)], 'good')
    expect(renderDiscord(short, REF)).toMatchObject({ content: told, embeds: [{ description: '\u2013' }] })
    expect(renderDiscord(short, 'a:k3v9')).toMatchObject({ content: told, embeds: [] })
    const longer = { ...short, blocks: [text(told), text('It counts from its first run.')] }
    expect(renderDiscord(longer, 'a:k3v9').embeds[0]?.description).toBe('It counts from its first run.')
    const warning = { ...short, tone: 'warning' as const }
    expect(renderDiscord(warning, 'a:k3v9').embeds[0]?.description).toBe('**⚠ Note**')
  })

  it('a tone that matters is said in words', () => {
    for (const tone of ['warning', 'bad'] as const) {
      const message = { ...everywhere('x'), tone }
      const word = tone === 'bad' ? 'Problem' : 'Note'
      expect(JSON.stringify(renderSlack(message, REF).blocks)).toContain(word)
      expect(renderDiscord(message, REF).embeds[0]?.description).toContain(word)
      expect(renderHtml(message, REF)).toContain(word)
    }
  })

  it('pictures have their finding as text', () => {
    const finding = 'accuracy rises from 0.90 to 0.94'
    const block: Block = { type: 'image', url: `${PAGE}.png`, alt: finding }
    const message = { ...everywhere('x'), blocks: [block] }
    expect(renderSlack(message, REF).blocks[0]).toMatchObject({ alt_text: finding })
    expect(JSON.stringify(renderSlack(message, REF, { native: false }).blocks)).toContain(finding)
    expect(renderDiscord(message, REF).embeds[0]?.description).toContain(finding)
    expect(renderHtml(message, REF)).toContain(`alt="${finding}"`)
  })

  describe('a chart', () => {
    const finding = 'churn#2 leads with 0.94'
    const message: Message = {
      ...everywhere('x'),
      blocks: [{ type: 'chart', chart: CHART, alt: finding, title: 'Board' }],
    }
    const hash = chartHash(CHART)

    it('is told in words where there is no picture of it', () => {
      for (const native of [true, false])
        expect(JSON.stringify(renderSlack(message, REF, { native }).blocks)).toContain(finding)
      expect(renderDiscord(message, REF).embeds[0]?.description).toBe(`**Board**\n*${finding}*`)
      expect(renderDiscord(message, REF).attachments).toEqual([])
    })

    it('is described by its finding where there is one', () => {
      const files = new Map([[hash, 'F0123456789']])
      expect(renderSlack(message, REF, { files }).blocks).toEqual([
        {
          type: 'image',
          slack_file: { id: 'F0123456789' },
          alt_text: finding,
          title: { type: 'plain_text', text: 'Board', emoji: false },
        },
      ])
      const pictures = new Map([[hash, new Uint8Array([1, 2, 3])]])
      const { embeds, attachments } = renderDiscord(message, REF, { pictures })
      expect(embeds[0]?.image?.url).toBe(`attachment://${attachments[0]?.filename}`)
      expect(attachments).toEqual([
        { id: 0, filename: expect.stringMatching(/\.png$/), description: finding },
      ])
      expect(renderHtml(message, REF)).toContain(`src="/charts/${hash}.png" alt="${finding}"`)
    })

    it('has one name, whatever the order of its fields', () => {
      const { kind, title, ...rest } = CHART
      expect(chartHash({ ...rest, title, kind })).toBe(hash)
      expect(chartHash({ ...CHART, title: 'Other' })).not.toBe(hash)
    })
  })
})

describe('a message on Discord is recognised when it is read back', () => {
  const posted = (message: Message, ref: 'd:42' | 'a:k3v9') =>
    refOfMessage(JSON.parse(JSON.stringify(renderDiscord(message, ref))))
  const plain: Message = { ...everywhere('x'), blocks: [{ type: 'header', text: 'Best' }] }
  const opening: Block = {
    type: 'buttons',
    buttons: [{ id: 'board', label: 'Open board', action: { do: 'open', url: PAGE } }],
  }

  it.each([
    ['by its buttons', everywhere('x')],
    ['by the address of its title', { ...plain, blocks: [...plain.blocks, opening] }],
    ['by its footer', plain],
  ])('%s', (_place, message) => {
    expect(posted(message, REF)).toBe(REF)
  })

  it('and nobody else is', () => {
    expect(refOfMessage({})).toBeUndefined()
    expect(refOfMessage({ embeds: [{ url: `${PAGE}#top`, footer: { text: 'a footer' } }] })).toBeUndefined()
    expect(refOfMessage({ components: [{ components: [{ custom_id: 'other:d:42:x' }] }] })).toBeUndefined()
  })
})
