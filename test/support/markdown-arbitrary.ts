import fc from 'fast-check'
import { anyText } from './text-arbitrary.ts'

/** Notes as people write them, as they get them wrong, and as somebody would write them to do harm. */
export const anyMarkdown: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: anyText },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.constantFrom('warm-up', 'lr=0.01', '2*3*4', 'helps', 'größe', '実験', '5'),
          },
          { weight: 2, arbitrary: fc.constantFrom(' ', ' ', '\n', '\n\n', '    ', '\t') },
          {
            weight: 3,
            arbitrary: fc.constantFrom(
              ...[
                '*',
                '**',
                '_',
                '__',
                '~~',
                '~',
                '`',
                '``',
                '```',
                '```py\n',
                '\n```\n',
                '\\',
                '[',
                '](',
                ')',
              ],
              ...['- ', '* ', '+ ', '1. ', '7) ', '> ', '# ', '---', '===', '|', '|-|', '!', '[x] ', '[b]: '],
              ...[
                'https://good.example/a',
                '<https://good.example>',
                'javascript:alert(1)',
                'www.evil.example',
              ],
              ...['[good.example](https://evil.example)', '![chart](https://good.example/c.png "of loss")'],
              ...[
                '<b>',
                '</b>',
                '<pre>',
                '<!--',
                '&lt;',
                '@everyone',
                '<@U12345678>',
                '<!channel>',
                ':tada:',
              ],
            ),
          },
          {
            weight: 3,
            arbitrary: fc
              .tuple(
                fc.constantFrom('*', '**', '***', '_', '~~', '`'),
                fc.constantFrom('x', 'a **b** c', '@here', ':o:', '#1'),
              )
              .map(([mark, inner]) => `${mark}${inner}${mark}`),
          },
          { weight: 1, arbitrary: anyText.map((text) => text.slice(0, 60)) },
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join('')),
  },
)
