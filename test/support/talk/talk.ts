import type { Instance, TestClock } from '../instance.ts'

/** One line as it is typed in Slack and on the console, and as Discord's client sends it. */
export interface Line {
  typed: string
  command: string
  options: Record<string, string>
}

/** A message as people see it. */
export interface Shown {
  /** Every word of it, markup included; without its picture. */
  text: string
  /** The platform's own id. */
  id: string
}

/** What ana does and sees on one platform, in a channel that everybody reads. */
export interface Talk {
  instance: Instance
  clock: TestClock
  /** The edits that bring the picture of a new best: a page asks for its pictures itself. */
  pictureEdits: 0 | 1
  /** Types a line; resolves with the answer, which nobody else sees. */
  ask(line: Line): Promise<Shown>
  /** Presses a button of a message; resolves with the answer, which nobody else sees. */
  press(on: Shown, label: string): Promise<Shown>
  /** Presses a button that asks for text, fills the form in and sends it; resolves with the receipt. */
  fill(on: Shown, label: string, text: string): Promise<Shown>
  /** What the channel sees. */
  posts(): Promise<Shown[]>
  /** Replies under a message of the channel. */
  reply(to: Shown, text: string): Promise<void>
  /** Puts a trophy on a message of the channel. */
  trophy(to: Shown): Promise<void>
  /** How often anybody was pinged, by all messages together; absent where nobody can be. */
  pings?(): number
  stop(): Promise<void>
}
