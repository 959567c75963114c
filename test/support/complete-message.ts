import type { Action, Block, Button, Inline, Message } from '../../src/messages/model.ts'

/** Every field of the model must be filled in: one that is added to it does not compile until it is here too. */
type Complete<T> = T extends (infer Item)[]
  ? Complete<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Complete<T[K]> }
    : T

type OfBlock<T extends Block['type']> = Complete<Extract<Block, { type: T }>>

/** One of each block, and in it one of each variant, every text unique and marked. */
export function completeMessage(): Complete<Message> {
  let count = 0
  const mark = (name: string) => `mark${name}${(count += 1)}z`
  const page = (name: string) => `https://exp.example/${mark(name)}`
  const number = () => 7_000_000 + (count += 1)

  const styles: Record<NonNullable<Extract<Inline, { type: 'text' }>['style']>, true> = {
    bold: true,
    italic: true,
    code: true,
    strike: true,
  }
  const variants: { [T in Inline['type']]: () => Complete<Extract<Inline, { type: T }>>[] } = {
    text: () =>
      (Object.keys(styles) as (keyof typeof styles)[]).map((style) => ({
        type: 'text',
        text: mark(style),
        style,
      })),
    link: () => [{ type: 'link', text: mark('label'), url: page('inline') }],
    mention: () => [{ type: 'mention', text: mark('person'), account: String(number()) }],
  }
  const inlines = (): Complete<Inline>[] => [...variants.text(), ...variants.link(), ...variants.mention()]
  const more = () => ({ count: number(), url: page('more') })

  const actions: { [D in Action['do']]: Complete<Extract<Action, { do: D }>> } = {
    ask: { do: 'ask', line: mark('line') },
    goal: {
      do: 'goal',
      project: mark('project'),
      metric: mark('metric'),
      direction: 'max',
      then: mark('then'),
    },
    share: { do: 'share' },
    mute: { do: 'mute', rule: mark('rule'), project: mark('project') },
    form: {
      do: 'form',
      form: { run: mark('run'), note: number(), text: mark('text'), permalink: page('form') },
    },
    open: { do: 'open', url: page('open') },
  }
  const buttons = Object.values(actions).map(
    (action, index): Complete<Button> => ({
      id: `mark-id-${index}`,
      label: mark('button'),
      style: index % 2 === 0 ? 'primary' : 'danger',
      action,
    }),
  )

  const cell = () => ({ text: mark('cell'), url: page('cell'), bold: true })
  const blocks: { [T in Block['type']]: OfBlock<T> } = {
    header: { type: 'header', text: mark('header') },
    text: { type: 'text', text: inlines() },
    facts: { type: 'facts', facts: [{ label: mark('fact'), value: inlines() }] },
    table: {
      type: 'table',
      // The cells are wider than the titles: an alignment shows.
      columns: [
        { title: mark('l'), align: 'left' },
        { title: mark('r'), align: 'right' },
      ],
      rows: [[cell(), cell()]],
      more: more(),
    },
    runs: {
      type: 'runs',
      runs: [
        {
          rank: number(),
          ref: mark('ref'),
          url: page('run'),
          name: mark('name'),
          value: mark('value'),
          details: [mark('owner'), mark('age')],
        },
      ],
      more: more(),
    },
    buttons: { type: 'buttons', buttons },
    context: { type: 'context', text: inlines() },
    link: { type: 'link', text: mark('linked'), url: page('link') },
    image: { type: 'image', url: page('image'), alt: mark('alt'), title: mark('title') },
    chart: {
      type: 'chart',
      chart: {
        kind: 'line',
        title: mark('drawn'),
        subtitle: mark('drawn'),
        xLabel: mark('drawn'),
        yLabel: mark('drawn'),
        log: true,
        series: [
          {
            name: mark('drawn'),
            label: mark('drawn'),
            style: 'steps',
            x: [number()],
            y: [number()],
            mark: { at: 0, label: mark('drawn') },
          },
        ],
      },
      alt: mark('alt'),
      title: mark('title'),
    },
    code: { type: 'code', text: mark('code') },
  }
  return {
    kind: mark('kind'),
    format: 1,
    urgent: false,
    tone: 'bad',
    fallback: mark('fallback'),
    blocks: Object.values(blocks),
    about: [mark('about')],
    thread: [{ type: 'code', text: mark('thread') }],
  }
}
