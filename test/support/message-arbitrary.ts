import fc from 'fast-check'
import type { Action, Block, Button, Cell, Inline, Message, More, RunLine } from '../../src/messages/model.ts'
import { FALLBACK_LIMIT } from '../../src/messages/build.ts'
import { anyChart } from './chart-arbitrary.ts'
import { anyText } from './text-arbitrary.ts'

const url = fc.oneof(
  { weight: 4, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'javascript:alert(1)',
      'http://',
      'https://a.example/)|>[x](y) z',
      `https://a.example/${'p'.repeat(3_000)}`,
    ),
  },
)

const inline: fc.Arbitrary<Inline> = fc.oneof(
  anyText.map((text): Inline => ({ type: 'text', text })),
  fc
    .tuple(anyText, fc.constantFrom('bold' as const, 'italic' as const, 'code' as const, 'strike' as const))
    .map(([text, style]): Inline => ({ type: 'text', text, style })),
  fc.record({ type: fc.constant('link' as const), text: anyText, url }),
  fc.record({
    type: fc.constant('mention' as const),
    text: anyText,
    account: fc.oneof(fc.constantFrom('U0ANA', '100000000000000001'), anyText),
  }),
)
const inlines = fc.array(inline, { maxLength: 6 })
const more: fc.Arbitrary<More> = fc.record({ count: fc.integer({ min: 1, max: 1e6 }), url })

function optional<T extends object, K extends keyof T>(
  model: { [P in keyof T]: fc.Arbitrary<T[P]> },
  ...required: K[]
): fc.Arbitrary<T> {
  return fc.record(model, { requiredKeys: required }) as unknown as fc.Arbitrary<T>
}

const cell = optional<Required<Cell>, 'text'>({ text: anyText, url, bold: fc.boolean() }, 'text')
const run = optional<Required<RunLine>, 'ref' | 'url' | 'details'>(
  {
    rank: fc.integer({ min: 1, max: 1_000 }),
    ref: anyText,
    url,
    name: anyText,
    value: anyText,
    details: fc.array(anyText, { maxLength: 4 }),
  },
  'ref',
  'url',
  'details',
)

const table: fc.Arbitrary<Block> = fc
  .tuple(
    fc.integer({ min: 1, max: 24 }),
    fc.integer({ min: 0, max: 120 }),
    fc.option(more, { nil: undefined }),
  )
  .chain(([width, height, rest]) =>
    fc
      .record({
        columns: fc.array(
          fc.record({ title: anyText, align: fc.constantFrom('left' as const, 'right' as const) }),
          {
            minLength: width,
            maxLength: width,
          },
        ),
        // The rows repeat a few different ones: the size matters, not the variety.
        seeds: fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
          minLength: 1,
          maxLength: 3,
        }),
      })
      .map(({ columns, seeds }): Block => {
        const rows = Array.from({ length: height }, (_, index) => seeds[index % seeds.length] ?? [])
        return { type: 'table', columns, rows, ...(rest === undefined ? {} : { more: rest }) }
      }),
  )

const runs: fc.Arbitrary<Block> = fc
  .tuple(
    fc.array(run, { maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
    fc.option(more, { nil: undefined }),
  )
  .map(
    ([seeds, times, rest]): Block => ({
      type: 'runs',
      runs: Array.from({ length: times }, () => seeds).flat(),
      ...(rest === undefined ? {} : { more: rest }),
    }),
  )

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), line: anyText }),
  fc.record({ do: fc.constant('share' as const) }),
  fc.record({ do: fc.constant('mute' as const), rule: anyText, project: anyText }),
  fc.record({ do: fc.constant('open' as const), url }),
)

const button: fc.Arbitrary<Button> = optional<Required<Button>, 'id' | 'label' | 'action'>(
  {
    id: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
    label: anyText,
    style: fc.constantFrom('primary' as const, 'danger' as const),
    action,
  },
  'id',
  'label',
  'action',
)

const BLOCKS: { [T in Block['type']]: fc.Arbitrary<Block> } = {
  header: anyText.map((text) => ({ type: 'header', text })),
  text: inlines.map((text) => ({ type: 'text', text })),
  facts: fc
    .array(fc.record({ label: anyText, value: inlines }), { maxLength: 15 })
    .map((facts) => ({ type: 'facts', facts })),
  table,
  runs,
  buttons: fc.array(button, { maxLength: 8 }).map((buttons) => ({ type: 'buttons', buttons })),
  context: inlines.map((text) => ({ type: 'context', text })),
  link: fc.record({ type: fc.constant('link' as const), text: anyText, url }),
  image: fc
    .tuple(url, anyText, fc.option(anyText, { nil: undefined }))
    .map(([to, alt, title]) => ({ type: 'image', url: to, alt, ...(title === undefined ? {} : { title }) })),
  chart: fc
    .tuple(anyChart, anyText, fc.option(anyText, { nil: undefined }))
    .map(([chart, alt, title]) => ({ type: 'chart', chart, alt, ...(title === undefined ? {} : { title }) })),
  code: anyText.map((text) => ({ type: 'code', text })),
}

/** Any message that the model allows: button ids are unique in it, the fallback is short. */
export const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    format: fc.constant(1),
    urgent: fc.boolean(),
    kind: fc.constantFrom('best', 'record', 'failure'),
    tone: fc.constantFrom('neutral' as const, 'good' as const, 'warning' as const, 'bad' as const),
    fallback: anyText.map((text) => text.slice(0, FALLBACK_LIMIT)),
    blocks: fc.array(fc.oneof(...Object.values(BLOCKS)), { maxLength: 14 }),
  })
  .map((message) => ({ ...message, blocks: withUniqueIds(message.blocks) }))

function withUniqueIds(blocks: Block[]): Block[] {
  let next = 0
  return blocks.map((block) =>
    block.type === 'buttons'
      ? {
          ...block,
          buttons: block.buttons.map((one) => ({ ...one, id: `${one.id.slice(0, 15)}-${next++}` })),
        }
      : block,
  )
}
