import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import { cutInlines } from '../../messages/inlines.ts'
import type { FactsBlock, More, RunLine, RunsBlock, TableBlock } from '../../messages/model.ts'
import { linkedCells, tableLines } from '../../messages/text-table.ts'
import { most, type LayoutPiece } from '../fit.ts'
import { DISCORD } from './limits.ts'
import { escape, fenced, inlines, masked } from './render-text.ts'

/** 'Owner ana', one line each. */
export function factsPiece({ facts }: FactsBlock, url: string | undefined): LayoutPiece<string> {
  const lines = facts.map(({ label, value }) => {
    const name = cut(cleanLine(label), DISCORD.label)
    return `**${escape(name)}** ${inlines(cutInlines(value, DISCORD.line))}`
  })
  return linesPiece(lines, undefined, url)
}

/** One run a line: place, value, run and name; what else is known in small print below, as phones are narrow. */
export function runsPiece({ runs, more }: RunsBlock, url: string | undefined): LayoutPiece<string> {
  return linesPiece(runs.map(runLine), more, url)
}

function runLine({ rank, ref, url, name, value, details }: RunLine): string {
  const line = [
    // The backslash keeps Discord from numbering the lines itself.
    ...(rank === undefined ? [] : [`${rank}\\.`]),
    ...(value === undefined ? [] : [`**${short(value)}**`]),
    masked(cut(cleanLine(ref), LINE_PART), url),
    ...(name === undefined ? [] : [short(name)]),
  ].join(' ')
  return details.length === 0 ? line : `${line}\n-# ${details.map(short).join(' · ')}`
}

const LINE_PART = DISCORD.line / 3

function short(text: string): string {
  return escape(cut(cleanLine(text), LINE_PART))
}

function linesPiece(lines: string[], more: More | undefined, url: string | undefined): LayoutPiece<string> {
  return {
    units: lines.length,
    render: (shown) =>
      joined([...lines.slice(0, shown), ...moreLine(lines.length - shown + (more?.count ?? 0), more, url)]),
  }
}

/** What the message's author left out and what had to be left out here. */
function moreLine(count: number, more: More | undefined, url: string | undefined): string[] {
  return count === 0 ? [] : [moreText(`... ${count} more`, more?.url ?? url)]
}

export function moreText(text: string, url: string | undefined): string {
  return url === undefined ? text : masked(text, url)
}

function joined(lines: string[]): string[] {
  return lines.length === 0 ? [] : [lines.join('\n')]
}

/** Aligned columns, which scroll on a phone: every cell as a line of its own would be long. */
export function tablePiece(block: TableBlock, url: string | undefined): LayoutPiece<string> {
  const lines = tableLines(block)
  const text = (shown: number) => lines.slice(0, shown + 1).join('\n')
  return {
    units: most(block.rows.length, (shown) => text(shown).length <= DISCORD.code),
    render: (shown) => {
      const links = linkedCells(block.rows.slice(0, shown)).map((link) =>
        masked(cut(cleanLine(link.text), LINE_PART), link.url),
      )
      return joined([
        fenced(text(shown)),
        ...(links.length === 0 ? [] : [links.join(' · ')]),
        ...moreLine(block.rows.length - shown + (block.more?.count ?? 0), block.more, url),
      ])
    },
  }
}
