import type { Json, State } from './state.ts'

const escape = (s: unknown) =>
  String(s ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')

/** A backslash makes the next sign of punctuation literal; what it stood for is put back at the end. */
const hidden = (sign: string) => `\ue000${sign.charCodeAt(0)}\ue001`

const markdown = (s: unknown) =>
  escape(s)
    .replaceAll(
      /```\n?([^]*?)\n?```/g,
      (_all, code: string) => `<pre>${code.replaceAll(/[\\*_~`#>-]/g, hidden)}</pre>`,
    )
    .replaceAll(/\\(&(?:amp|lt|quot);|[^0-9A-Za-z\s])/g, (_all, sign: string) =>
      sign.length > 1 ? sign : hidden(sign),
    )
    .replaceAll(/(`{1,2})([^`\n]+)\1/g, '<code>$2</code>')
    .replaceAll(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replaceAll(/\*([^*\n]+?)\*/g, '<i>$1</i>')
    .replaceAll(/~~(.+?)~~/g, '<s>$1</s>')
    .replaceAll(/^-# (.+)$/gm, '<small>$1</small>')
    .replaceAll(/^#{1,3} (.+)$/gm, '<h3>$1</h3>')
    .replaceAll(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<a href="$2">$1</a>')
    .replaceAll('\n', '<br>')
    .replaceAll(/\ue000(\d+)\ue001/g, (_all, code: string) => escape(String.fromCharCode(Number(code))))

function embed(e: Json): string {
  const fields = (e.fields ?? [])
    .map((f: Json) => `<p><b>${escape(f.name)}</b><br>${markdown(f.value)}</p>`)
    .join('')
  return `<blockquote><b>${markdown(e.title)}</b><p>${markdown(e.description)}</p>${fields}<small>${escape(e.footer?.text)}</small></blockquote>`
}

function component(c: Json): string {
  if (c.type === 2) return `<button>${escape(c.label)}</button>`
  if (c.type === 10) return `<p>${markdown(c.content)}</p>`
  const inner = [...(c.components ?? []), ...(c.accessory ? [c.accessory] : [])].map(component).join(' ')
  return c.type === 17 ? `<blockquote>${inner}</blockquote>` : `<div>${inner}</div>`
}

/** A channel as a page to look at; `width` in CSS pixels. A subset of the markdown, no images. */
export function renderChannelHtml(
  state: State,
  channel: string,
  look: { dark?: boolean; width?: number } = {},
): string {
  const [ink, paper] = look.dark ? ['#dbdee1', '#313338'] : ['#313338', '#fff']
  const shown = state.messages.filter((m) => m.raw.channel_id === channel && !m.deleted)
  const rows = shown.map(({ raw, visibleTo }) => {
    const parts = [
      `<p>${markdown(raw.content)}</p>`,
      ...raw.embeds.map(embed),
      ...raw.components.map(component),
    ]
    return `<article><b>${escape(raw.author.username)}</b>${visibleTo ? ' <i>only you</i>' : ''}${parts.join('')}</article>`
  })
  return `<!doctype html><meta charset="utf-8"><body style="font:16px sans-serif;color:${ink};background:${paper};max-width:${look.width ?? 800}px">${rows.join('')}</body>`
}
