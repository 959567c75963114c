import type { Clause, Query } from './parse.ts'

/** A word as it has to be typed: in quotes when it would otherwise fall apart or mean something else. */
export function quoteWord(text: string): string {
  const plain = /^[^\s=<>~!"'“”‘’„-][^\s=<>~!"'“”‘’„]*$/.test(text) && !KEYWORDS.has(text.toLowerCase())
  if (plain && !/^(tag|by|status|since|until|data|commit|group|is):/i.test(text)) return text
  return text.includes('"') ? `'${text.replaceAll("'", '’')}'` : `"${text}"`
}

const KEYWORDS = new Set(['in', 'top', 'where', 'and'])

/** A clause as it has to be typed; parsing it gives the clause again. */
export function formatClause(clause: Clause): string {
  const minus = clause.negated ? '-' : ''
  switch (clause.kind) {
    case 'field': {
      const scope = clause.scope === 'any' ? '' : `${clause.scope}s.`
      const name = minus + scope + clause.name
      return `${/[\s=<>~!"']/.test(clause.name) ? `${minus}${scope}${quoteWord(clause.name)}` : name}${clause.op}${quoteWord(clause.value)}`
    }
    case 'tag':
      return `${minus}tag:${shortValue(clause.value === undefined ? clause.key : `${clause.key}=${clause.value}`)}`
    case 'owner':
      return `${minus}by:${shortValue(clause.owner)}`
    case 'status':
      return `${minus}status:${clause.status}`
    case 'since':
    case 'until':
      return `${minus}${clause.kind}:${clause.at.toISOString()}`
    case 'data':
      return `${minus}data:${shortValue(clause.version === undefined ? clause.name : `${clause.name}@${clause.version}`)}`
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

function shortValue(value: string): string {
  return /[\s"'“”‘’„]/.test(value) ? quoteWord(value) : value
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
