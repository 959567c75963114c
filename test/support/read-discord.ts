import { setAside, takeBack } from './set-aside.ts'

export interface ReadMarkup {
  /** Styles in the order of their kinds: code, strike, bold, italic. */
  styles: string[]
  /** What people read, with the addresses of links behind their names. */
  text: string
  /** The first thing that would still start something; undefined when all of the rest is literal. */
  live: string | undefined
}

const LIVE =
  /[*~`|<>[\]\\]|(?<!\w)_|_(?!\w)|https?:\/\/|@(?:everyone|here)|:[\w+-]+:|^\s*(?:[#+-]|\d+\.(?=\s))/m

/** Discord's markup as Discord reads it, each construct taken away once it is known. */
export function readDiscord(markdown: string): ReadMarkup {
  const styles: string[] = []
  const take = (text: string, pattern: RegExp, style: string) =>
    text.replaceAll(pattern, (_all, inner: string) => {
      styles.push(style)
      return style === 'code' ? setAside(inner) : inner
    })
  let rest = markdown.replaceAll(/```\n([^`]*)\n```/g, (_all, code: string) => setAside(code))
  rest = take(rest, /``([^`]*)``/g, 'code')
  rest = rest
    .replaceAll(/\\([^0-9A-Za-z\s])/g, (_all, sign: string) => setAside(sign))
    .replaceAll(
      /\[([^[\]<>]*)\]\((https?:\/\/[^()\s]+)\)|<(https?:\/\/[^<>\s]+)>/g,
      (_all, name: string, url: string, own: string) => setAside(own ?? `${name} ${url}`),
    )
    .replaceAll(/^-# /gm, '')
  rest = take(rest, /~~(\S|\S[^~]*?\S)~~/g, 'strike')
  rest = take(rest, /\*\*(\S|\S[^*]*?\S)\*\*(?!\*)/g, 'bold')
  rest = take(rest, /\*(\S|\S[^*]*?\S)\*(?!\*)/g, 'italic')
  return { styles, text: takeBack(rest), live: LIVE.exec(rest)?.[0] }
}
