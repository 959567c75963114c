import type { Clause, Query } from './parse.ts'

/** A word as it has to be typed: in quotes when it would otherwise fall apart or mean something else. */
export function quoteWord(text: string): string {
  const plain = /^[^\s=<>~!"'“”‘’„@-][^\s=<>~!"'“”‘’„]*$/.test(text) && !KEYWORDS.has(text.toLowerCase())
  if (plain && !/^(tag|by|status|since|until|data|commit|group|is):/i.test(text)) return text
  return quote(text)
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

const KEYWORDS = new Set(['in', 'top', 'where', 'and'])

/** A clause as it has to be typed; parsing it gives the clause again. */
export function formatClause(clause: Clause): string {
  const minus = clause.negated ? '-' : ''
  switch (clause.kind) {
    case 'field': {
      const scope = clause.scope === 'any' ? '' : `${clause.scope}s.`
      const plain = /^[\w/][\w./-]*$/.test(clause.name)
      return `${minus}${scope}${plain ? clause.name : quote(clause.name)}${clause.op}${quoteWord(clause.value)}`
    }
    case 'tag':
      return `${minus}tag:${shortValue(clause.key, '=')}${clause.value === undefined ? '' : `=${shortValue(clause.value)}`}`
    case 'owner':
      return `${minus}by:${/^me$/i.test(clause.owner) ? quote(clause.owner) : shortValue(clause.owner, '@')}`
    case 'account': {
      const { account, name } = clause
      if (account === undefined) return `${minus}by:@${shortValue(name, '<')}`
      return `${minus}by:<@${account}${name === account ? '' : `|${name}`}>`
    }
    case 'me':
      return `${minus}by:me`
    case 'status':
      return `${minus}status:${clause.status}`
    case 'since':
    case 'until':
      return `${minus}${clause.kind}:${clause.at.toISOString()}`
    case 'data':
      return `${minus}data:${shortValue(clause.name, '@')}${clause.version === undefined ? '' : `@${shortValue(clause.version, '@')}`}`
    case 'commit':
      return `${minus}commit:${clause.prefix}`
    case 'group':
      return `${minus}group:${shortValue(clause.group)}`
    case 'is':
      return `${minus}is:${clause.what}`
    default:
      return clause satisfies never
  }
}

/** In quotes when it holds a space, a quote, or the separator that would split it. */
function shortValue(value: string, separator = '"'): string {
  return /[\s"'“”‘’„]/.test(value) || value.includes(separator) ? quote(value) : value
}

/** The clauses, project and number of rows of a query, to be appended to a command line. */
export function formatTail({ clauses, project, top }: Omit<Query, 'words'>): string {
  const fields = clauses.filter((clause) => clause.kind === 'field').map(formatClause)
  const short = clauses.filter((clause) => clause.kind !== 'field').map(formatClause)
  return [
    ...(project === undefined ? [] : [`in ${quoteWord(project)}`]),
    ...(fields.length === 0 ? [] : [`where ${fields.join(' and ')}`]),
    ...short,
    ...(top === undefined ? [] : [`top ${top}`]),
  ].join(' ')
}
