import type { Chart } from './chart.ts'
import {
  type Block,
  type Button,
  type ChartBlock,
  type Inline,
  type Message,
  MESSAGE_FORMAT,
  type Tone,
} from './model.ts'

export const FALLBACK_LIMIT = 150
const ALT_LIMIT = 1_000

/** Literal text, alone or with a style. */
export function text(value: string, style?: 'bold' | 'italic' | 'code' | 'strike'): Inline {
  return style === undefined ? { type: 'text', text: value } : { type: 'text', text: value, style }
}

export function bold(value: string): Inline {
  return text(value, 'bold')
}

export function link(label: string, url: string): Inline {
  return { type: 'link', text: label, url }
}

/** A name that pings its account when the message is posted. */
export function mention(name: string, account: string): Inline {
  return { type: 'mention', text: name, account }
}

export function header(value: string): Block {
  return { type: 'header', text: value }
}

/** A paragraph; plain strings may stand for literal text. */
export function paragraph(...parts: (string | Inline)[]): Block {
  return { type: 'text', text: parts.map(inline) }
}

export function context(...parts: (string | Inline)[]): Block {
  return { type: 'context', text: parts.map(inline) }
}

export function facts(...pairs: [label: string, value: string | Inline | Inline[]][]): Block {
  return {
    type: 'facts',
    facts: pairs.map(([label, value]) => ({ label, value: Array.isArray(value) ? value : [inline(value)] })),
  }
}

/** A chart with its finding in words; longer than a picture's description may be on any platform it is cut. */
export function picture(chart: Chart, alt: string): ChartBlock {
  return { type: 'chart', chart, alt: cut(alt, ALT_LIMIT) }
}

/** The message with pictures above its buttons; what there is none of is left out. */
export function withPictures(to: Message, ...pictures: (ChartBlock | undefined)[]): Message {
  const shown = pictures.filter((one) => one !== undefined)
  if (shown.length === 0) return to
  const at = to.blocks.findLastIndex(({ type }) => type === 'buttons')
  return { ...to, blocks: to.blocks.toSpliced(at === -1 ? to.blocks.length : at, 0, ...shown) }
}

export function buttons(...list: Button[]): Block {
  return { type: 'buttons', buttons: list }
}

/** A button that runs a command line for the person who clicks it. */
export function ask(id: string, label: string, line: string, style?: 'primary' | 'danger'): Button {
  const button: Button = { id, label, action: { do: 'ask', line } }
  return style === undefined ? button : { ...button, style }
}

/** A message whose fallback is cut to what every platform's notification can show. */
export function message(kind: string, fallback: string, blocks: Block[], tone: Tone = 'neutral'): Message {
  return {
    format: MESSAGE_FORMAT,
    kind,
    urgent: false,
    tone,
    fallback: cut(fallback, FALLBACK_LIMIT),
    blocks,
  }
}

/** The same message as news that does not wait for its pictures. */
export function urgent(told: Message): Message {
  return { ...told, urgent: true }
}

/** The same message, with the runs that it is about: a reply or a reaction annotates the first of them. */
export function about(told: Message, runIds: string[]): Message {
  return runIds.length === 0 ? told : { ...told, about: runIds }
}

/** At most `limit` characters, the last one an ellipsis where something is missing; never half a character. */
export function cut(value: string, limit: number): string {
  if (value.length <= limit) return value
  const head = value.slice(0, limit - 1)
  const last = head.charCodeAt(head.length - 1)
  return `${last >= 0xd800 && last <= 0xdbff ? head.slice(0, -1) : head}…`
}

function inline(part: string | Inline): Inline {
  return typeof part === 'string' ? text(part) : part
}
