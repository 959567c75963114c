import type { Block, Message } from '../messages/model.ts'
import { webUrl } from '../messages/web-url.ts'

/** A block on its way to a platform: as many units of it (rows, lines, characters) as there is room for. */
export interface LayoutPiece<T> {
  /** All there is; an indivisible block is one unit. */
  units: number
  /** Shows that many units and says how many are missing. */
  render(units: number): T[]
  /** Buttons: room is kept for them before anything else is laid out. */
  reserved?: boolean
}

/** Lays out pieces in their order, the last ones shortened or left out; `hidden` counts those left out. */
export function fitPieces<T>(
  pieces: LayoutPiece<T>[],
  room: number,
  cost: (parts: T[]) => number,
): { shown: T[]; hidden: number } {
  const reserved = pieces.flatMap((piece) => (piece.reserved === true ? piece.render(piece.units) : []))
  let left = room - cost(reserved)
  let hidden = 0
  const shown = pieces.flatMap((piece) => {
    if (piece.reserved === true) return piece.render(piece.units)
    const parts = fitPiece(piece, (candidate) => cost(candidate) <= left)
    if (parts === undefined) hidden += 1
    else left -= cost(parts)
    return parts ?? []
  })
  return { shown, hidden }
}

function fitPiece<T>({ units, render }: LayoutPiece<T>, fits: (parts: T[]) => boolean): T[] | undefined {
  const whole = render(units)
  if (fits(whole)) return whole
  const count = most(units - 1, (candidate) => fits(render(candidate)))
  return count === 0 ? undefined : render(count)
}

/** The largest count up to `max` that fits, found by halving; 0 when not even one does. */
export function most(max: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, Math.max(0, max)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** At most `max` buttons in all; `hidden` counts the others. */
export function trimButtons(blocks: Block[], max: number): { blocks: Block[]; hidden: number } {
  let left = max
  let hidden = 0
  const trimmed = blocks.map((block): Block => {
    if (block.type !== 'buttons') return block
    const buttons = block.buttons.slice(0, left)
    left -= buttons.length
    hidden += block.buttons.length - buttons.length
    return { ...block, buttons }
  })
  return { blocks: trimmed, hidden }
}

const MORE_URL_LIMIT = 500

/** Where the reader finds what a message had no room for: the page that its own lists or buttons lead to. */
export function moreUrl({ blocks }: Message): string | undefined {
  const urls = blocks.flatMap((block) => {
    if (block.type === 'table' || block.type === 'runs')
      return block.more === undefined ? [] : [block.more.url]
    if (block.type === 'link') return [block.url]
    if (block.type !== 'buttons') return []
    return block.buttons.flatMap(({ action }) => (action.do === 'open' ? [action.url] : []))
  })
  return urls.map((url) => webUrl(url, MORE_URL_LIMIT)).find((url) => url !== undefined)
}

/** '... 3 more parts, 1 more button', or undefined where everything is shown. */
export function leftOut(parts: number, buttons: number): string | undefined {
  const told = [counted(parts, 'part'), counted(buttons, 'button')].filter((text) => text !== '')
  return told.length === 0 ? undefined : `... ${told.join(', ')}`
}

function counted(count: number, noun: string): string {
  if (count === 0) return ''
  return `${count} more ${noun}${count === 1 ? '' : 's'}`
}
