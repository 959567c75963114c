import type { KnownBlock, RichTextBlock, TableBlock as SlackTable } from '@slack/types'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import { cutInlines } from '../../messages/inlines.ts'
import type { Cell, FactsBlock, Inline, More, RunLine, RunsBlock, TableBlock } from '../../messages/model.ts'
import { linkedCells, tableLines } from '../../messages/text-table.ts'
import { webUrl } from '../../messages/web-url.ts'
import { most, type LayoutPiece } from '../fit.ts'
import { SLACK } from './limits.ts'
import { moreBlock, preformatted, richText } from './render-text.ts'

/** 'Owner ana', one line each. */
export function factsPiece({ facts }: FactsBlock, url: string | undefined): LayoutPiece<KnownBlock> {
  const lines = facts.map(({ label, value }): Inline[] => [
    { type: 'text', text: cut(cleanLine(label), SLACK.label), style: 'bold' },
    { type: 'text', text: '  ' },
    ...cutInlines(value, SLACK.line),
  ])
  return linesPiece(lines, undefined, url)
}

/** One run a line: place, value, run and name; what else is known in a second one, as phones are narrow. */
export function runsPiece({ runs, more }: RunsBlock, url: string | undefined): LayoutPiece<KnownBlock> {
  return linesPiece(runs.map(runLine), more, url)
}

function runLine(run: RunLine): Inline[] {
  const line: Inline[] = []
  if (run.rank !== undefined) line.push({ type: 'text', text: `${run.rank}. ` })
  if (run.value !== undefined)
    line.push({ type: 'text', text: short(run.value), style: 'bold' }, { type: 'text', text: '  ' })
  line.push({ type: 'link', text: short(run.ref), url: run.url })
  if (run.name !== undefined) line.push({ type: 'text', text: ` ${short(run.name)}` })
  if (run.details.length > 0) line.push({ type: 'text', text: `\n${run.details.map(short).join(' · ')}` })
  return cutInlines(line, SLACK.line)
}

function short(text: string): string {
  return cut(cleanLine(text), SLACK.line / 3)
}

function linesPiece(
  lines: Inline[][],
  more: More | undefined,
  url: string | undefined,
): LayoutPiece<KnownBlock> {
  const ended = (shown: Inline[][]) =>
    shown.map((line, index): Inline[] =>
      index === shown.length - 1 ? line : [...line, { type: 'text', text: '\n' }],
    )
  return {
    units: lines.length,
    render: (shown) => [
      ...(lines.length === 0 ? [] : [richText(...ended(lines.slice(0, shown)))]),
      ...rest(lines.length - shown, more, url),
    ],
  }
}

/** What the message's author left out and what had to be left out here, in one line. */
function rest(hidden: number, more: More | undefined, url: string | undefined, columns = 0): KnownBlock[] {
  const count = hidden + (more?.count ?? 0)
  const told = [
    ...(count > 0 ? [`${count} more`] : []),
    ...(columns > 0 ? [`${columns} more column${columns === 1 ? '' : 's'}`] : []),
  ]
  if (told.length === 0) return []
  return [moreBlock(`... ${told.join(', ')}`, (more && webUrl(more.url)) ?? url)]
}

/** A table of Slack's own: there may be one in a message. */
export function tablePiece(block: TableBlock, url: string | undefined): LayoutPiece<KnownBlock> {
  const columns = block.columns.slice(0, SLACK.tableColumns)
  const head = columns.map(({ title }): Cell => ({ text: title, bold: true }))
  const cells = [head, ...block.rows].map((row) => columns.map((_column, index) => tableCell(row[index])))
  const sizes = cells.map((row) => row.reduce((total, cell) => total + textOf(cell).length, 0))
  const within = (shown: number) =>
    sizes.slice(0, shown + 1).reduce((total, size) => total + size, 0) <= SLACK.tableText
  const column_settings = columns.map(({ align }) => ({ align, is_wrapped: true }))
  return {
    units: most(Math.min(block.rows.length, SLACK.tableRows), within),
    render: (shown) => [
      { type: 'table', rows: cells.slice(0, shown + 1), column_settings },
      ...rest(block.rows.length - shown, block.more, url, block.columns.length - columns.length),
    ],
  }
}

type TableCell = SlackTable['rows'][number][number]

function tableCell(cell: Cell = { text: '' }): TableCell {
  const text = cut(cleanLine(cell.text), SLACK.tableCell) || ' '
  const url = cell.url === undefined ? undefined : webUrl(cell.url)
  if (url === undefined && cell.bold !== true) return { type: 'raw_text', text }
  const style = cell.bold === true ? { style: { bold: true } } : {}
  const element = url === undefined ? { type: 'text' as const, text } : { type: 'link' as const, url, text }
  const section = { type: 'rich_text_section' as const, elements: [{ ...element, ...style }] }
  return { type: 'rich_text', elements: [section] } satisfies RichTextBlock
}

function textOf(cell: TableCell): string {
  if (cell.type !== 'rich_text') return cell.text ?? ''
  return JSON.stringify(cell.elements)
}

/** The same as monospaced lines, for where Slack refuses tables. */
export function plainTablePiece(block: TableBlock, url: string | undefined): LayoutPiece<KnownBlock> {
  const lines = tableLines(block)
  const text = (shown: number) => lines.slice(0, shown + 1).join('\n')
  return {
    units: most(block.rows.length, (shown) => text(shown).length <= SLACK.text),
    render: (shown) => {
      const links = linkedCells(block.rows.slice(0, shown))
      const linked = links.flatMap((link, index): Inline[] => [
        ...(index === 0 ? [] : [{ type: 'text' as const, text: ' · ' }]),
        { type: 'link', text: short(link.text), url: link.url },
      ])
      return [
        preformatted(text(shown)),
        ...(links.length === 0 ? [] : [richText(linked)]),
        ...rest(block.rows.length - shown, block.more, url),
      ]
    },
  }
}
