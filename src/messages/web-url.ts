const URL_LIMIT = 2_000

/**
 * The address as a browser would read it. Undefined for everything that is no address of the web, or too long for a
 * platform: a link never runs anything.
 */
export function webUrl(url: string, limit = URL_LIMIT): string | undefined {
  if (!/^https?:\/\/[^\s/]/i.test(url)) return undefined
  const href = URL.parse(url.toWellFormed())?.href
  return href !== undefined && href.length <= limit ? href : undefined
}
