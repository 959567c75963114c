import { chartHash } from '../../charts/hash.ts'
import { chartSize } from '../../charts/size.ts'
import type {
  Block,
  Button,
  ChartBlock,
  ImageBlock,
  Inline,
  Message,
  MessageRef,
  RunsBlock,
  TableBlock,
} from '../../messages/model.ts'
import { toneWord } from '../../messages/clean.ts'
import { unknownBlockLine } from '../../messages/unknown-block.ts'
import { webUrl } from '../../messages/web-url.ts'
import { each, html, type Markup, shown } from './html.ts'

/** A message as the console shows it: escaped, its buttons in a form of their own. */
export function renderHtml(message: Message, ref: MessageRef): Markup {
  const tone = toneWord(message.tone)
  return html`<article class="message ${message.tone}" data-kind="${shown(message.kind)}" aria-label="${shown(message.fallback)}">
!${tone === undefined ? '' : html`<p class="tone">${tone}</p>`}
!${each(message.blocks, (block) => drawn(block, ref))}
</article>`
}

/** A block that cannot be drawn costs its own place on the page, not the page. */
function drawn(block: Block, ref: MessageRef): Markup {
  try {
    return renderBlock(block, ref)
  } catch {
    return html`<p>${shown(unknownBlockLine(block))}</p>`
  }
}

function renderBlock(block: Block, ref: MessageRef): Markup {
  switch (block.type) {
    case 'header':
      return html`<h3>${shown(block.text)}</h3>`
    case 'text':
      return html`<p>!${inlines(block.text)}</p>`
    case 'facts':
      return html`<dl class="facts">!${each(block.facts, ({ label, value }) => html`<div><dt>${shown(label)}</dt><dd>!${inlines(value)}</dd></div>`)}</dl>`
    case 'table':
      return renderTable(block)
    case 'runs':
      return renderRuns(block)
    case 'buttons':
      return renderButtons(block.buttons, ref)
    case 'context':
      return html`<p class="context">!${inlines(block.text)}</p>`
    case 'link':
      return html`<p>!${anchor(block.text, block.url)}</p>`
    case 'image':
      return renderImage(block)
    case 'chart':
      return renderChart(block)
    case 'code':
      return html`<pre>${shown(block.text)}</pre>`
    default:
      return html`<p>${shown(unknownBlockLine(block satisfies never))}</p>`
  }
}

const ELEMENTS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' } as const

/** Styled text, escaped. */
export function inlines(parts: Inline[]): Markup {
  return each(parts, (part) => {
    if (part.type === 'link') return anchor(part.text, part.url)
    const text = html`${shown(part.text)}`
    // People who are mentioned were notified in the channel that the message was posted to.
    if (part.type === 'mention') return text
    const element = part.style === undefined ? undefined : ELEMENTS[part.style]
    return element === undefined ? text : `<${element}>${text}</${element}>`
  })
}

/** Only addresses of the web: a link never runs anything. */
function anchor(text: string, url: string): Markup {
  const href = webUrl(url)
  return href === undefined ? html`${shown(text)}` : html`<a href="${href}">${shown(text)}</a>`
}

function renderImage({ url, alt, title }: ImageBlock): Markup {
  const src = webUrl(url)
  const picture = src === undefined ? html`${shown(alt)}` : html`<img src="${src}" alt="${shown(alt)}">`
  return html`<figure>!${title === undefined ? '' : html`<figcaption>${shown(title)}</figcaption>`}!${picture}</figure>`
}

/** Drawn when a browser asks for it; until then, and where it cannot be drawn, its finding stands there. */
function renderChart({ chart, alt, title }: ChartBlock): Markup {
  const { width, height } = chartSize(chart)
  const caption = title === undefined ? '' : html`<figcaption>${shown(title)}</figcaption>`
  return html`<figure>!${caption}<img class="chart" src="/charts/${chartHash(chart)}.png" alt="${shown(alt)}" width="${width}" height="${height}" loading="lazy"></figure>`
}

function renderTable({ columns, rows, more }: TableBlock): Markup {
  const head = each(
    columns,
    ({ title, align }) => html`<th!${align === 'right' ? ' class="number"' : ''}>${shown(title)}</th>`,
  )
  const body = each(rows, (row) => {
    const cells = each(row, (cell, index) => {
      const content = cell.url === undefined ? html`${shown(cell.text)}` : anchor(cell.text, cell.url)
      const align = columns[index]?.align === 'right' ? ' class="number"' : ' class="wide"'
      return `<td${align}>${cell.bold === true ? `<strong>${content}</strong>` : content}</td>`
    })
    return `<tr>${cells}</tr>`
  })
  return html`<div class="scroll"><table><thead><tr>!${head}</tr></thead><tbody>!${body}</tbody></table></div>!${moreLink(more)}`
}

function renderRuns({ runs, more }: RunsBlock): Markup {
  const ranked = runs.some(({ rank }) => rank !== undefined)
  const items = each(runs, (run) => {
    const value = run.value === undefined ? '' : html`<strong>${shown(run.value)}</strong> `
    const name = run.name === undefined ? '' : html` ${shown(run.name)}`
    const details =
      run.details.length === 0 ? '' : html`<span class="details">${shown(run.details.join(' · '))}</span>`
    const attribute = run.rank === undefined ? '' : ` value="${run.rank}"`
    return `<li${attribute}>${value}${anchor(run.ref, run.url)}${name}${details}</li>`
  })
  return ranked
    ? html`<ol>!${items}</ol>!${moreLink(more)}`
    : html`<ul class="unranked">!${items}</ul>!${moreLink(more)}`
}

function moreLink(more: { count: number; url: string } | undefined): Markup {
  return more === undefined ? '' : html`<p>!${anchor(`... ${more.count} more`, more.url)}</p>`
}

function renderButtons(buttons: Button[], ref: MessageRef): Markup {
  if (buttons.length === 0) return ''
  const items = each(buttons, ({ id, label, style, action }) => {
    const href = action.do === 'open' ? webUrl(action.url) : undefined
    if (href !== undefined)
      return html`<a class="button ${style ?? 'plain'}" href="${href}">${shown(label)}</a>`
    return html`<button type="submit" name="button" value="${id}" class="${style ?? 'plain'}">${shown(label)}</button>`
  })
  return html`<form class="buttons" method="post" action="/console/press"><input type="hidden" name="ref" value="${ref}">!${items}</form>`
}
