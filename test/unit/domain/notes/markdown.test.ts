import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noteBody, noteLine, plainNote } from '../../../../src/domain/notes/markdown.ts'
import { cleanText } from '../../../../src/messages/clean.ts'
import { lengthOf } from '../../../../src/messages/inlines.ts'
import type { Inline } from '../../../../src/messages/model.ts'
import { fuzzRuns } from '../../../support/fuzz.ts'
import { anyMarkdown } from '../../../support/markdown-arbitrary.ts'

const RUNS = fuzzRuns(2_000)

/** What is shown, in one line: {bold:x}, <label|url>, [code]. */
function told(note: string, limit?: number): string {
  return noteBody(note, limit)
    .map((block) => (block.type === 'code' ? `[${block.text}]` : inlines(block.text)))
    .join(' ¶ ')
}

function inlines(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.type === 'link') return `<${part.text}|${part.url}>`
      return part.type === 'text' && part.style !== undefined ? `{${part.style}:${part.text}}` : part.text
    })
    .join('')
}

describe('a note', () => {
  it.each([
    [
      '**bold** *italic* _too_ ~~gone~~ `code`',
      '{bold:bold} {italic:italic} {italic:too} {strike:gone} {code:code}',
    ],
    ['***both***, **not ~~this~~**', '{bold:both}, {bold:not }{strike:this}'],
    ['a line\nand another  \nand a third', 'a line\nand another\nand a third'],
    ['one\n\n\n\ntwo', 'one\n\ntwo'],
    ['# What *I* saw\nit helps', '{bold:What I saw}\nit helps'],
    ['so:\n- a\n- b\n  1. c\n     d', 'so:\n• a\n• b\n  1. c\n    d'],
    ['* [x] done\n* [ ] not yet', '• [x] done\n• [ ] not yet'],
    ['+ faster\n- worse', '+ faster\n- worse'],
    ['1) a\n\n7. b\n3. c', '1) a\n\n7. b\n3. c'],
    ['> **said** so\n> twice\n> > by him', '> {bold:said} so\n> twice\n> > by him'],
    ['before\n```py\nx = 1 * 2\n```\nafter', 'before ¶ [x = 1 * 2] ¶ after'],
    ['```two words\ncode\n```', '[two words\ncode]'],
    ['```0.91\n0.92```\nafter', '[0.91\n0.92] ¶ after'],
    ['so: ```a\nb```', 'so: {code:a}\n{code:b}'],
    ['    indented\n      more', '[indented\n  more]'],
    ['- a\n  ```\n  b\n  ```', '• a\n  {code:b}'],
    ['|a|b|\n|-|-|\n|1|*2*|', '[|a|b|\n|-|-|\n|1|*2*|]'],
    ['日本**語**の', '日本{bold:語}の'],
  ])('shows %j', (note, shown) => expect(told(note)).toBe(shown))

  it.each([
    '2*3*4 and a**2 + b**2, (x)*y*z',
    '~5% better, ~~~3',
    '__init__ takes *args, **kwargs and snake_case_names',
    'p<0.05*, p<0.01**',
    'lr < 0.01 & wd > 0 <b>x</b> &lt;i&gt;',
    '<script>alert(1)</script>',
    '@everyone <!channel> <@U123> :tada:',
    'C:\\runs\\new \\\\server\\share \\(x\\)',
    '[ref]: https://good.example "gone"',
    '[]() ** `` ---',
  ])('leaves %j as it was typed', (note) => expect(told(note)).toBe(note))

  it('shows a sign behind a backslash as a sign', () => {
    expect(told('\\*not italic\\* and \\`no code\\`')).toBe('*not italic* and `no code`')
  })
})

describe('a link', () => {
  it.each([
    ['[the curve](https://good.example/a)', '<the curve|https://good.example/a>'],
    ['see https://good.example/a.', 'see <https://good.example/a|https://good.example/a>.'],
    ['<http://good.example>', '<http://good.example|http://good.example/>'],
    ['**[a *b*](https://good.example)**', '<a b|https://good.example/>'],
    ['[a](https://good.example "b c")', '<a|https://good.example/> (b c)'],
    ['[](https://good.example)', '<https://good.example/|https://good.example/>'],
    ['![a chart](https://good.example/c.png)', '<a chart|https://good.example/c.png>'],
    ['![](https://good.example/c.png)', '<https://good.example/c.png|https://good.example/c.png>'],
    ['[a][b]\n\n[b]: https://good.example', '<a|https://good.example/>\n\n[b]: https://good.example'],
  ])('%j', (note, shown) => expect(told(note)).toBe(shown))

  it.each([
    ['[a](javascript:alert(1))'],
    ['[a](data:text/html,x)'],
    ['![a](file:///etc/passwd)'],
    ['[a](/p/churn) <ftp://x.example>'],
    ['ana@good.example www.good.example'],
    ['https://good.example@evil.example/'],
    [`https://good.example/${'long/'.repeat(500)}`],
  ])('is none: %j', (note) => expect(told(note)).toBe(note))

  it.each([
    'good.example',
    'https://good.example',
    'HTTPS://GOOD.EXAMPLE/login',
    'www.good.example',
    'see good\u2024example',
    'good。example',
    'good.example@evil.example',
  ])('under the address %j tells where it really leads', (label) => {
    const url = 'https://evil.example/x'
    expect(told(`[${label}](${url})`)).toBe(`${label} (<${url}|${url}>)`)
  })

  it('under its own address needs no more', () => {
    expect(told('[good.example/a](https://good.example/a/b)')).toBe(
      '<good.example/a|https://good.example/a/b>',
    )
  })
})

describe('where there is little room', () => {
  it('is cut at the end of what is read, styles and code too', () => {
    expect(told('**abcdef** x', 4)).toBe('{bold:abc…}')
    expect(told('ab\n```\ncdefg\n```\nh', 5)).toBe('ab ¶ [cd…]')
    expect(told('[abcdef](https://good.example)', 3)).toBe('<ab…|https://good.example/>')
  })

  it('stands on one line', () => {
    const note = '**a**\n- b\n- c\n\n```\nd\n  e\n```'
    expect(inlines(noteLine(note, 100))).toBe('{bold:a} • b • c {code:d e}')
    expect(inlines(noteLine(note, 4))).toBe('{bold:a} •…')
    expect(plainNote('# a **b** [c](https://good.example)')).toBe('a b c')
  })
})

describe('whatever is typed', () => {
  it('every word is shown', () => {
    fc.assert(
      fc.property(anyMarkdown, (note) => {
        const shown = noteBody(note)
          .flatMap((block) => (block.type === 'code' ? [block.text] : block.text.map(words)))
          .join('')
        // The language of fenced code is no word of the note.
        const typed = cleanText(note).match(/[\p{L}\p{N}]+/gu) ?? []
        for (const word of typed) if (word !== 'py') expect(shown).toContain(word)
      }),
      RUNS,
    )
  })

  it('is text or leads to the web, and is as short as it must be', () => {
    fc.assert(
      fc.property(anyMarkdown, fc.integer({ min: 1, max: 500 }), (note, limit) => {
        const blocks = noteBody(note, limit)
        const parts = blocks.flatMap((block): Inline[] => (block.type === 'text' ? block.text : []))
        expect(parts.filter(({ type }) => type === 'mention')).toEqual([])
        for (const part of parts)
          if (part.type === 'link') expect(part.url).toMatch(/^https?:\/\/[^@\s/]+\/\S*$/)
        const code = blocks.map((block) => (block.type === 'code' ? block.text.length : 0))
        expect(lengthOf(parts) + code.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(limit + 1)
        expect(plainNote(note)).not.toMatch(/[\n\r]/)
      }),
      RUNS,
    )
  })

  it('means the same once it is shown and typed again, where nothing is styled', () => {
    for (const text of ['a\nb\n\nc', '> a\n> b', '1. a\n2. b']) expect(told(told(text))).toBe(told(text))
  })

  const LONG = 10_000
  it.each([
    ...['*', '[', '>', '> ', '- ', '1. ', '`', '~', '_', '#', '<', '!', '\\', '(', ' ', '\n', '|', '\n\n\n@'],
    ...[
      '*a',
      '_a ',
      '**a',
      '~~a',
      '[a](',
      '![',
      '<!--',
      '<a ',
      '`a',
      '__/_- ',
      '*__a',
      '**~~<',
      '- > ',
      '> - ',
    ],
    ...[
      'a\n',
      'a\n\n',
      '- a\n\n  ',
      '|a',
      'a|b\n',
      'https://',
      'www.',
      'a.',
      '[a]: b\n',
      '[a][b]',
      '&',
      '```\n',
      '*~~_',
    ],
  ])('costs little: %j over and over', (unit) => {
    const note = unit.repeat(Math.ceil(LONG / unit.length)).slice(0, LONG - 1) + '@'
    const start = performance.now()
    const shown = noteBody(note)
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(shown.length).toBeGreaterThan(0)
  })
})

function words(part: Inline): string {
  return part.type === 'link' ? `${part.text} ${part.url} ${decodeURIComponent(part.url)}` : part.text
}
