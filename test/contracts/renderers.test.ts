import { describe, expect, it } from 'vitest'
import { renderDiscord } from '../../src/bots/discord/render.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { renderHtml } from '../../src/http/web/render-message.ts'
import type { Message } from '../../src/messages/model.ts'
import { type Leaf, leavesOf, withLeaf } from '../support/leaves.ts'
import { completeMessage } from '../support/complete-message.ts'

const REF = 'd:42' as const

const renderings = {
  slack: (message: Message) => JSON.stringify(renderSlack(message, REF)),
  'slack without tables': (message: Message) => JSON.stringify(renderSlack(message, REF, { native: false })),
  discord: (message: Message) => JSON.stringify(renderDiscord(message, REF)),
  web: (message: Message) => renderHtml(message, REF),
}
type Rendering = keyof typeof renderings

/** Fields that a rendering leaves out on purpose, each with the reason. A path's numbers are left out. */
const LEFT_OUT: { path: RegExp; of?: Rendering[]; opening?: true; why: string }[] = [
  {
    path: /^thread\b/,
    why: 'the delivery posts it as a message of its own (test/integration/alerts)',
  },
  { path: /\.account$/, of: ['web'], why: 'a page pings nobody' },
  { path: /^(format|urgent)$/, why: 'they lead the delivery, and are nothing to read' },
  { path: /^about$/, why: 'it leads a reply in the thread to its run, and is nothing to read' },
  { path: /^kind$/, of: ['slack', 'slack without tables', 'discord'], why: 'chat has no place for styling' },
  { path: /\.type$/, why: 'it chooses the layout, which the other fields show' },
  {
    path: /\.action\.(do|line|project|metric|direction|then|rule|form\.\w+)$/,
    why: 'what a click does stays in our database; only an address that it opens is shown',
  },
  {
    path: /^blocks\.chart\./,
    why: 'it is drawn into the picture (test/unit/charts); where there is none, alt tells the finding',
  },
  {
    path: /^blocks\.rows\.bold$/,
    of: ['slack without tables', 'discord'],
    why: 'monospaced text knows no bold: builders say in words what it stands for',
  },
  {
    path: /^blocks\.buttons\.id$/,
    of: ['discord', 'web'],
    opening: true,
    why: 'a link needs no way back to us',
  },
  {
    path: /^blocks\.buttons\.style$/,
    of: ['discord'],
    opening: true,
    why: 'Discord has one style for buttons that open an address',
  },
]

function leftOut(rendering: Rendering, message: Message, { path, keys }: Leaf): boolean {
  return LEFT_OUT.some(
    (one) =>
      one.path.test(path) &&
      (one.of ?? [rendering]).includes(rendering) &&
      (one.opening === undefined || opens(message, keys)),
  )
}

/** Whether the field is one of a button that opens an address. */
function opens({ blocks }: Message, [_blocks, block, _buttons, button]: Leaf['keys']): boolean {
  const found = blocks[Number(block)]
  return found?.type === 'buttons' && found.buttons[Number(button)]?.action.do === 'open'
}

describe.each(Object.keys(renderings) as Rendering[])('%s', (rendering) => {
  const render = renderings[rendering]
  const message = completeMessage()
  const leaves = leavesOf(message).filter((leaf) => !leftOut(rendering, message, leaf))
  const whole = render(message)

  it.each(leaves.filter(isMarker))('shows $path: $value', ({ value }) => {
    expect(whole).toContain(String(value))
  })

  // What is no text of its own (a style, an alignment, a tone) must at least change what is shown.
  it.each(leaves.filter((leaf) => !isMarker(leaf)))('heeds $path: $value', (leaf) => {
    expect(render(withLeaf(message, leaf.keys, other(leaf)))).not.toBe(whole)
  })
})

/** Marked texts and addresses hold 'mark', marked numbers and accounts are above a million. */
function isMarker({ value }: Leaf): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /mark|^\d{7}$/i.test(value))
}

const OTHERS: Record<string, string> = {
  bad: 'warning',
  bold: 'italic',
  italic: 'bold',
  code: 'bold',
  strike: 'bold',
  left: 'right',
  right: 'left',
  primary: 'danger',
  danger: 'primary',
}

function other({ value, path }: Leaf): unknown {
  if (typeof value === 'boolean') return !value
  const instead = OTHERS[String(value)]
  if (instead === undefined)
    throw new Error(`${path}: mark this text, or say what else ${String(value)} may be`)
  return instead
}
