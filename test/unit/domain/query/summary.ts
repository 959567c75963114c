import { type Clause, parseQuery } from '../../../../src/domain/query/parse.ts'
import { QuerySyntaxError } from '../../../../src/domain/query/syntax-error.ts'

export const NOW = new Date('2026-11-24T10:00:00Z')

/** A query in one line: its words, then each clause in brackets; or the word that does not parse and its place. */
export function summary(text: string): string {
  try {
    const { words, clauses, project, top } = parseQuery(text, NOW)
    return [
      ...words.map((word) => (word.quoted ? `<${word.text}>` : word.text)),
      ...clauses.map((clause) => `[${clause.negated ? 'not ' : ''}${ofClause(clause)}]`),
      ...(project === undefined ? [] : [`in=${project}`]),
      ...(top === undefined ? [] : [`top=${top}`]),
    ].join(' ')
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    return `ERROR at ${error.details.position}: ${error.details.token}`
  }
}

function ofClause(clause: Clause): string {
  switch (clause.kind) {
    case 'field': {
      const type = clause.number === null ? 'text' : 'number'
      return `${clause.scope} ${clause.name} ${clause.op} ${type} ${clause.number ?? clause.value}`
    }
    case 'tag':
      return clause.value === undefined ? `tag ${clause.key}` : `tag ${clause.key} = ${clause.value}`
    case 'owner':
      return `owner ${clause.owner}`
    case 'account':
      return `account ${clause.name}${clause.account === undefined ? '' : ` with id ${clause.account}`}`
    case 'me':
      return 'me'
    case 'status':
      return `status ${clause.status}`
    case 'since':
    case 'until':
      return `${clause.kind} ${clause.at.toISOString()}`
    case 'data':
      return clause.version === undefined ? `data ${clause.name}` : `data ${clause.name} at ${clause.version}`
    case 'commit':
      return `commit ${clause.prefix}`
    case 'group':
      return `group ${clause.group}`
    case 'is':
      return `is ${clause.what}`
    default:
      return clause satisfies never
  }
}
