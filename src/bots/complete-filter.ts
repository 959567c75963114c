import type { Ctx } from '../context.ts'
import { ownerNames } from '../domain/people/owner-names.ts'
import {
  dataByTyping,
  metricsByTyping,
  paramsByTyping,
  tagsByTyping,
} from '../domain/query/names-by-typing.ts'
import { formatClause, quoteWord } from '../domain/query/format.ts'
import { RUN_STATUSES, TRAITS } from '../domain/query/parse.ts'
import { SHORT_FORMS } from '../domain/query/tokenize.ts'

/** What a clause has besides when it was typed. */
const PLAIN = { negated: false, token: '', position: 0 }
const SPANS = ['1h', '12h', '1d', '7d', '30d', 'today', 'yesterday']

/** The same conditions with the last word finished, in every way that is known: `lr<0.01 tag:ab` -> `... tag:ablation`. */
export async function completeFilter(
  ctx: Pick<Ctx, 'db'>,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<string[]> {
  // A word with an open quote, or one that compares already, is the reader's own to finish.
  const [, before = '', minus = '', word = ''] =
    /^(.*?(?:^|\s))(-?)([^\s"'<>=~!]*|tag:[^\s"']*)$/s.exec(typed) ?? []
  if (before + minus + word !== typed) return []
  const found = await endings(ctx, word, projectId, most)
  return found.slice(0, most).map((ending) => `${before}${minus}${ending}`)
}

async function endings(
  ctx: Pick<Ctx, 'db'>,
  word: string,
  projectId: number | undefined,
  most: number,
): Promise<string[]> {
  const [, form, rest = ''] = /^([a-z]+):(.*)$/i.exec(word) ?? []
  switch (form?.toLowerCase()) {
    case undefined: {
      const [metrics, params] = await Promise.all([
        metricsByTyping(ctx, word, projectId, most),
        paramsByTyping(ctx, word, projectId, most),
      ])
      const forms = SHORT_FORMS.filter((one) => one.startsWith(word.toLowerCase())).map((one) => `${one}:`)
      return [...new Set([...forms, ...interleaved(params, metrics).map(fieldWord)])]
    }
    case 'tag':
      return (await tagsByTyping(ctx, rest, projectId, most)).map((tag) =>
        formatClause({ kind: 'tag', ...tag, ...PLAIN }),
      )
    case 'by':
      return [
        ...(begins(rest)('me') ? ['by:me'] : []),
        ...(await ownerNames(ctx, projectId))
          .filter(begins(rest))
          .map((owner) => formatClause({ kind: 'owner', owner, ...PLAIN })),
      ]
    case 'status':
      return RUN_STATUSES.filter(begins(rest)).map((one) => `status:${one}`)
    case 'is':
      return TRAITS.filter(begins(rest)).map((one) => `is:${one}`)
    case 'since':
    case 'until':
      return SPANS.filter(begins(rest)).map((one) => `${form}:${one}`)
    case 'data':
      return (await dataByTyping(ctx, rest, projectId, most)).map((name) =>
        formatClause({ kind: 'data', name, version: undefined, ...PLAIN }),
      )
    default:
      return []
  }
}

function begins(rest: string): (name: string) => boolean {
  return (name) => name.toLowerCase().startsWith(rest.toLowerCase())
}

/** One of each in turn, so that many params do not hide the metrics. */
function interleaved(first: string[], second: string[]): string[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_one, index) => [
    first[index],
    second[index],
  ])
    .flat()
    .filter((name) => name !== undefined)
}

/** A name that stands before an operator. */
function fieldWord(name: string): string {
  return /^[\w/][\w./-]*$/.test(name) ? name : quoteWord(name)
}
