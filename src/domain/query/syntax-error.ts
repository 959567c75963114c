import { AppError } from '../../errors.ts'

/** Words that do not parse: names the one, its 0-based position in the line, and what would be understood there. */
export class QuerySyntaxError extends AppError {
  constructor(token: string, position: number, allowed: string) {
    const what = token === '' ? 'Something is missing at the end' : `I do not understand '${token}'`
    super('invalid', `${what}: ${allowed} is expected.`, { field: 'q', token, position, allowed })
    this.name = 'QuerySyntaxError'
  }
}
