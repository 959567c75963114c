import { cleanLine, cleanText, toneWord } from '../messages/clean.ts'
import type { Block, Inline, Message } from '../messages/model.ts'
import { unknownBlockLine } from '../messages/unknown-block.ts'
import { alignColumns } from './table.ts'

/** A message for a terminal: plain text, tables aligned, buttons as what could be asked next. */
export function renderText(message: Message): string {
  const tone = toneWord(message.tone)
  const parts = message.blocks.map(renderBlock).filter((part) => part !== '')
  return [...(tone === undefined ? [] : [tone]), ...parts].join('\n\n')
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'header': {
      const title = cleanLine(block.text)
      return `${title}\n${'='.repeat(title.length)}`
    }
    case 'text':
    case 'context':
      return inlines(block.text)
    case 'facts':
      return alignColumns(block.facts.map(({ label, value }) => [cleanLine(label), inlines(value)])).join(
        '\n',
      )
    case 'table':
      return [
        ...alignColumns([
          block.columns.map(({ title }) => title),
          ...block.rows.map((row) => row.map(({ text }) => cleanLine(text))),
        ]),
        ...more(block.more),
      ].join('\n')
    case 'runs':
      return [
        ...alignColumns(
          block.runs.map(({ rank, value, ref, name, details }) => [
            rank === undefined ? '' : `${rank}.`,
            cleanLine(value ?? ''),
            cleanLine(ref),
            cleanLine(name ?? ''),
            cleanLine(details.join(' · ')),
          ]),
        ),
        ...more(block.more),
      ].join('\n')
    case 'buttons':
      return block.buttons
        .flatMap(({ label, action }) => {
          if (action.do === 'ask') return [`  ${cleanLine(label)}: /exp ${cleanLine(action.line)}`]
          return action.do === 'open' ? [`  ${cleanLine(label)}: ${action.url}`] : []
        })
        .join('\n')
    case 'link':
      return `${cleanLine(block.text)}: ${block.url}`
    case 'image':
      return `[${cleanLine(block.alt)}] ${block.url}`
    case 'chart':
      return `[${cleanLine(block.alt)}]`
    case 'code':
      return cleanText(block.text)
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')
    default:
      return cleanText(unknownBlockLine(block satisfies never))
  }
}

function inlines(parts: Inline[]): string {
  return parts.map(({ text }) => cleanText(text)).join('')
}

function more(rest: { count: number; url: string } | undefined): string[] {
  return rest === undefined ? [] : [`... ${rest.count} more: ${rest.url}`]
}
