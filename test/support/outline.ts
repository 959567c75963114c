import type { Block, Button, Inline, Message } from '../../src/messages/model.ts'

const MARKS = { bold: '**', italic: '_', strike: '~~', code: '`' } as const

/** A message's model as lines that one can read and compare: everything but ids that are new each time. */
export function outline(message: Message): string {
  const { kind, tone, fallback, blocks, thread } = message
  const below = thread === undefined ? [] : ['-- thread --', ...thread.flatMap(linesOf)]
  const lines = [`${kind}, ${tone}: ${fallback}`, ...blocks.flatMap(linesOf), ...below]
  return lines.join('\n').replaceAll(/\b[0-9a-f]{32}\b/g, '<id>')
}

function linesOf(block: Block): string[] {
  switch (block.type) {
    case 'header':
      return [`# ${block.text}`]
    case 'text':
      return [inlines(block.text)]
    case 'facts':
      return block.facts.map(({ label, value }) => `${label}: ${inlines(value)}`)
    case 'table':
      return [
        block.columns.map(({ title }) => title).join(' | '),
        ...block.rows.map((row) => row.map(({ text }) => text).join(' | ')),
        ...more(block.more),
      ]
    case 'runs':
      return [
        ...block.runs.map(
          ({ rank, ref, name, value, details }) =>
            `${rank ?? '*'} ${value ?? ''} ${ref} ${name ?? ''} (${details.join('; ')})`,
        ),
        ...more(block.more),
      ]
    case 'buttons':
      return block.buttons.map(button)
    case 'context':
      return [`. ${inlines(block.text)}`]
    case 'link':
      return [`[${block.text}](${block.url})`]
    case 'image':
      return [`image: ${block.alt}`]
    case 'chart':
      return [`${block.chart.kind} chart: ${block.alt}`]
    case 'code':
      return ['```', block.text, '```']
    default:
      return block satisfies never
  }
}

function inlines(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.type === 'link') return `[${part.text}](${part.url})`
      if (part.type === 'mention') return `@<${part.account}>`
      const mark = part.style === undefined ? '' : MARKS[part.style]
      return `${mark}${part.text}${mark}`
    })
    .join('')
}

function button({ label, style, action }: Button): string {
  const what = Object.entries(action).map(([key, value]) =>
    key === 'do' ? String(value) : typeof value === 'string' ? value : JSON.stringify(value),
  )
  return `(${label}${style === undefined ? '' : `, ${style}`}) ${what.join(' ')}`
}

function more(rest: { count: number; url: string } | undefined): string[] {
  return rest === undefined ? [] : [`... ${rest.count} more: ${rest.url}`]
}
