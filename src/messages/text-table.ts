import { cut } from './build.ts'
import { cleanLine } from './clean.ts'
import type { Cell, TableBlock } from './model.ts'

const CELL_LIMIT = 60
const LINE_LIMIT = 400
const LINKS_SHOWN = 10

/** A table for places that have none: the header and every row as aligned columns, to be shown monospaced. */
export function tableLines({ columns, rows }: Pick<TableBlock, 'columns' | 'rows'>): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(({ text }) => text))].map(
    (row) => columns.map((_column, index) => cut(cleanLine(row[index] ?? ''), CELL_LIMIT)),
  )
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  return cells.map((row) => {
    const padded = row.map((cell, index) => {
      const width = widths[index] ?? 0
      return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
    })
    return cut(padded.join('  ').trimEnd(), LINE_LIMIT)
  })
}

/** The cells that lead somewhere: monospaced text cannot, so they are named again below it. */
export function linkedCells(rows: Cell[][]): { text: string; url: string }[] {
  return rows
    .flat()
    .flatMap(({ text, url }) => (url === undefined ? [] : [{ text, url }]))
    .slice(0, LINKS_SHOWN)
}
