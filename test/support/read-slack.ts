import { setAside, takeBack } from './set-aside.ts'

type Json = Record<string, any>

export interface ReadBlocks {
  /** What people read, with the addresses of links behind their names. */
  text: string
  /** What Slack would read as more than text, links of ours and styles aside. */
  live: string[]
}

/** Blocks as Slack reads them: rich and plain text are literal, the rest is markup. */
export function readSlack(blocks: Json[]): ReadBlocks {
  const live: string[] = []
  const read = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(read).join('')
    if (typeof value !== 'object' || value === null) return ''
    const one = value as Json
    if (one['type'] === 'mrkdwn') return readMarkup(one['text'], live)
    if (['user', 'usergroup', 'broadcast', 'emoji', 'channel'].includes(one['type'])) live.push(one['type'])
    if (one['emoji'] === true) live.push(`emoji in ${one['text']}`)
    if (one['type'] === 'link' && !/^https?:\/\//.test(one['url'])) live.push(one['url'])
    const own = typeof one['text'] === 'string' ? one['text'] : read(one['text'])
    const address = one['type'] === 'link' ? ` ${one['url']}` : ''
    return `${own}${address}${['rows', 'elements', 'fields', 'title'].map((key) => read(one[key])).join('')}\n`
  }
  const text = blocks.map(read).join('\n')
  return { text, live }
}

/** Links and styles taken away; what is left must start nothing. */
function readMarkup(markup: string, live: string[]): string {
  const rest = markup
    .replaceAll(/`([^`<>]+)`/g, (_all, code: string) => setAside(code))
    .replaceAll(/<(https?:\/\/[^<>|\s]+)\|([^<>|]+)>/g, (_all, url: string, name: string) =>
      setAside(`${name} ${url}`),
    )
    .replaceAll(/([*~])([^*~]+)\1/g, '$2')
    .replaceAll(/(?<![A-Za-z0-9])_([^_\n]+)_(?![A-Za-z0-9])/g, '$1')
  const found = /[*~`<>]|&(?!(?:amp|lt|gt);)|:[\w'+-]+:/.exec(rest)
  if (found !== null) live.push(`${found[0]} in ${markup}`)
  return takeBack(rest).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
