import type { Chart } from './chart.ts'

/** The format of the messages that this release stores. */
export const MESSAGE_FORMAT = 1

/**
 * A chat message as data. Commands, alerts and reports build it; one renderer per platform lays it out.
 * Text is always literal: no renderer may read markup or mentions out of it. Only a mention pings a person.
 */
export interface Message {
  /**
   * How the message is stored. A release that stores something which the one before cannot draw, even as an unknown
   * block, raises it; an older worker draws a higher format as far as it knows it.
   */
  format: number
  /** What the message is about, for tests, tables and the console's styling: 'best', 'record', 'help' ... */
  kind: string
  /** News that does not wait for its pictures: they follow by an edit. */
  urgent: boolean
  /** Said in words inside the message too; renderers may add a colour. */
  tone: Tone
  /** At most 150 characters: the notification, and all that a platform without rich layout shows. */
  fallback: string
  blocks: Block[]
  /** Ids of the runs that it is about, the one that a reply or a reaction annotates first. Shown by no renderer. */
  about?: string[]
  /** Posted as a reply under the message: details that would swamp a channel. */
  thread?: Block[]
}

export type Tone = 'neutral' | 'good' | 'warning' | 'bad'

export type Block =
  | HeaderBlock
  | TextBlock
  | FactsBlock
  | TableBlock
  | RunsBlock
  | ButtonsBlock
  | ContextBlock
  | LinkBlock
  | ImageBlock
  | ChartBlock
  | CodeBlock

export interface HeaderBlock {
  type: 'header'
  text: string
}

export interface TextBlock {
  type: 'text'
  text: Inline[]
}

/** Label and value pairs, short enough to stand side by side. */
export interface FactsBlock {
  type: 'facts'
  facts: { label: string; value: Inline[] }[]
}

export interface TableBlock {
  type: 'table'
  columns: { title: string; align: 'left' | 'right' }[]
  rows: Cell[][]
  /** Where the rest is, when the renderer or the builder had to cut. */
  more?: More
}

export interface Cell {
  text: string
  url?: string
  bold?: boolean
}

/** Runs as a list: for platforms and widths where a table does not fit. */
export interface RunsBlock {
  type: 'runs'
  runs: RunLine[]
  more?: More
}

export interface RunLine {
  /** Place on the board; a diverged or unranked run has none. */
  rank?: number
  ref: string
  url: string
  name?: string
  /** The value with what it is: '0.941 (best, step 1,200)'. */
  value?: string
  /** Owner, commit, age: already in reading order. */
  details: string[]
}

/** "... 14 more", with a page that shows them. */
export interface More {
  count: number
  url: string
}

export interface ButtonsBlock {
  type: 'buttons'
  buttons: Button[]
}

export interface Button {
  /** Unique in its message, at most 20 characters of [a-z0-9-]; with the message's ref it finds the action again. */
  id: string
  label: string
  style?: 'primary' | 'danger'
  action: Action
}

/** What a click does. It stays in our database: a platform only ever carries the button's id. */
export type Action =
  /** Runs a command line for the one who clicked, as if typed after /exp. */
  | { do: 'ask'; line: string }
  /** Stores a metric's direction, then answers the line that had to wait for it. */
  | { do: 'goal'; project: string; metric: string; direction: 'max' | 'min'; then: string }
  /** Posts the answer that carries this button to the channel, once. */
  | { do: 'share' }
  /** Silences one rule of a project in this channel for 24 h. */
  | { do: 'mute'; rule: string; project: string }
  /** Asks the one who clicked for text, in a modal where the platform has one. */
  | { do: 'form'; form: Form }
  | { do: 'open'; url: string }

/** Asks for a note's text. `run` absent: the form asks for the run too; `note` given: that note gets another text. */
export interface Form {
  run?: string
  note?: number
  text?: string
  /** Address of the message that it was opened from. */
  permalink?: string
}

export interface ContextBlock {
  type: 'context'
  text: Inline[]
}

export interface LinkBlock {
  type: 'link'
  text: string
  url: string
}

/** `alt` states the finding, not the kind of picture. */
export interface ImageBlock {
  type: 'image'
  url: string
  alt: string
  title?: string
}

/** A picture that is drawn late, from data. `alt` states the finding and stands there wherever it is not drawn. */
export interface ChartBlock {
  type: 'chart'
  chart: Chart
  alt: string
  /** A caption beside the one that is drawn into the picture. */
  title?: string
}

/** Monospaced and literal: log lines, shell lines. */
export interface CodeBlock {
  type: 'code'
  text: string
}

export type Inline =
  | { type: 'text'; text: string; style?: 'bold' | 'italic' | 'code' | 'strike' }
  | { type: 'link'; text: string; url: string }
  /** A name, and the account on the message's own platform that is pinged by it when the message is posted. */
  | { type: 'mention'; text: string; account: string }

/** Where a rendered message's buttons lead back to: a delivery ('d:42') or a kept answer ('a:k3v9...'). */
export type MessageRef = `d:${string}` | `a:${string}`
