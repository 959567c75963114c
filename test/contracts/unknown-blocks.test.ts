import { describe, expect, it } from 'vitest'
import { renderDiscord } from '../../src/bots/discord/render.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { renderText } from '../../src/cli/render-message.ts'
import { renderHtml } from '../../src/http/web/render-message.ts'
import { message, paragraph } from '../../src/messages/build.ts'
import type { Block, Message } from '../../src/messages/model.ts'

const RENDERINGS: Record<string, (message: Message) => string> = {
  slack: (one) => JSON.stringify(renderSlack(one, 'd:42')),
  'slack without tables': (one) => JSON.stringify(renderSlack(one, 'd:42', { native: false })),
  discord: (one) => JSON.stringify(renderDiscord(one, 'd:42')),
  web: (one) => renderHtml(one, 'd:42'),
  text: renderText,
}

/** A message as a newer release stores it. */
function newer(block: unknown): Message {
  return message('best', 'New best', [paragraph('before'), block as Block, paragraph('after')])
}

describe.each(Object.entries(RENDERINGS))(
  '%s shows a block of an unknown kind as a line',
  (_name, render) => {
    it.each([
      [
        'its alternative text',
        { type: 'gauge', alt: 'accuracy at 94 of 100', value: 94 },
        'accuracy at 94 of 100',
      ],
      ['its text', { type: 'quote', text: 'so it was said' }, 'so it was said'],
      [
        'its inlines',
        {
          type: 'quote',
          text: [
            { type: 'text', text: 'so it ' },
            { type: 'text', text: 'was said' },
          ],
        },
        'so it was said',
      ],
      [
        'a sentence with its kind',
        { type: 'gauge', value: 94 },
        'cannot be shown by this version of Expediter',
      ],
    ])('by %s', (_words, block, line) => {
      const shown = render(newer(block))
      for (const text of ['before', line, 'after']) expect(shown).toContain(text)
    })
  },
)

it('a page goes on where a block of a known kind cannot be drawn', () => {
  const shown = renderHtml(newer({ type: 'facts', title: 'of another shape' }), 'd:42')
  for (const text of ['before', 'of another shape', 'after']) expect(shown).toContain(text)
})
