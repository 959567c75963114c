import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { requireAdmin } from '../../domain/people/admins.ts'
import type { Consequences } from '../../domain/invalidation/consequences.ts'
import { INVALIDATE, invalidateRun, undoInvalidation } from '../../domain/invalidation/invalidate-run.ts'
import { parseRuns } from './parse-line.ts'
import { formatValue } from '../../domain/text/format.ts'
import { invalid } from '../../errors.ts'
import { about, ask, bold, buttons, context, cut, link, message, paragraph } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import type { Asker, Command } from './command.ts'
import { type NamedRuns, namedRuns, runNames } from './named-runs.ts'
import { RUNS } from './options.ts'
import { accountOf, actorOf, authorOf, claimantOf, quoteRef } from './parts.ts'

const SHOWN = 5
const BUTTON_RUNS = 20

export const invalidate: Command = {
  name: 'invalidate',
  summary: 'Take a run off every board, give its records back and correct what was said; undo takes it back',
  usage: 'invalidate <run> [<run> ...] <reason> | invalidate undo <run>',
  example: 'invalidate churn#7 label leak',
  changes: true,
  options: [
    { ...RUNS, required: true },
    { name: 'reason', description: 'Why; the word undo makes it valid again', kind: 'text', as: 'word' },
  ],
  run: async (ctx, { asker, rest }) => {
    const [, begins] = /^\s*undo\s+(.*)$/is.exec(rest) ?? []
    const { runs, text } = parseRuns(begins ?? rest)
    const undo = begins !== undefined || text.toLowerCase() === 'undo'
    const named = await namedRuns(ctx, asker, runs, invalidate)
    if (!undo && text === '') {
      throw invalid('reason', `Say why: /exp invalidate ${runs.join(' ')} label leak.`, { suggestions: [] })
    }
    await requireAdmin(ctx, claimantOf(asker), INVALIDATE)
    const results = undo ? await restoreAll(ctx, asker, named) : await invalidateAll(ctx, asker, named, text)
    return {
      message: undo ? undone(named, results) : invalidated(named, text, results),
      data: { runs: named.refs.map((ref, index) => ({ run: ref, ...results[index] })), undo },
    }
  },
}

/** All in one transaction, in one order, so that two people who do this at once take turns. */
async function invalidateAll(
  ctx: Ctx,
  asker: Asker,
  { keys }: NamedRuns,
  reason: string,
): Promise<Consequences[]> {
  const by = { account: accountOf(asker), name: await authorOf(ctx, asker) }
  return await transaction(ctx.db, async (trx) => {
    const done = new Map<string, Consequences>()
    for (const key of keys.toSorted((a, b) => (a.runId < b.runId ? -1 : 1)))
      done.set(key.runId, await invalidateRun(trx, ctx, actorOf(asker), key, { reason, by }))
    return keys.flatMap(({ runId }) => done.get(runId) ?? [])
  })
}

async function restoreAll(ctx: Ctx, asker: Asker, { keys }: NamedRuns): Promise<Consequences[]> {
  return await transaction(ctx.db, async (trx) => {
    const done = new Map<string, Consequences>()
    for (const key of keys.toSorted((a, b) => (a.runId < b.runId ? -1 : 1)))
      done.set(key.runId, await undoInvalidation(trx, ctx, actorOf(asker), key))
    return keys.flatMap(({ runId }) => done.get(runId) ?? [])
  })
}

function invalidated({ refs, ids }: NamedRuns, reason: string, results: Consequences[]): Message {
  const told = `${runNames(refs)} ${refs.length === 1 ? 'is' : 'are'} invalid: ${reason}`
  const blocks: Block[] = [
    paragraph(bold(cut(told, 400))),
    paragraph('Off every board; messages that told of it are corrected.'),
    ...recordLines(results),
    ...comparisonLines(results),
  ]
  if (refs.length <= BUTTON_RUNS)
    blocks.push(buttons(ask('undo', 'Undo', `invalidate undo ${refs.map(quoteRef).join(' ')}`)))
  return about(message('invalidate', told, blocks, 'warning'), ids)
}

function undone({ refs, ids }: NamedRuns, results: Consequences[]): Message {
  const changed = results.some((result) => result.changed)
  const is = refs.length === 1 ? 'is' : 'are'
  const told = changed ? `${runNames(refs)} ${is} valid again.` : `${runNames(refs)} ${is} valid anyway.`
  const blocks: Block[] = [
    paragraph(bold(told)),
    ...(changed ? [paragraph('Back on the boards; messages that told of it are corrected.')] : []),
    ...recordLines(results),
  ]
  return about(message('invalidate', told, blocks, 'good'), ids)
}

/** 'accuracy: the record is churn#5's again, 0.91 (was churn#7, 0.95).' */
function recordLines(results: Consequences[]): Block[] {
  // Of several runs of one metric the first result tells what was before, the last one what is now.
  const moves = Map.groupBy(
    results.flatMap(({ records }) => records),
    ({ metric }) => metric,
  )
  const lines = [...moves].map(([metric, moved]) => {
    const [before, after] = [moved[0]?.before ?? null, moved.at(-1)?.after ?? null]
    const now =
      after === null
        ? 'no record stands now'
        : `the record is ${cut(after.run, 60)} with ${formatValue(after.value)}`
    const was = before === null ? '' : ` (was ${cut(before.run, 60)} with ${formatValue(before.value)})`
    return paragraph(`${cut(metric, 80)}: ${now}${was}.`)
  })
  const more = lines.length - SHOWN
  return more > 0 ? [...lines.slice(0, SHOWN), context(`... ${more} more records`)] : lines
}

function comparisonLines(results: Consequences[]): Block[] {
  const all = results.flatMap(({ comparisons }) => comparisons)
  const distinct = [...new Map(all.map((one) => [one.url ?? one.title, one])).values()]
  if (distinct.length === 0) return []
  const shown = distinct.slice(0, SHOWN).map(({ title, url }) => {
    const words = cut(title, 100)
    return paragraph(url === null ? words : link(words, url))
  })
  const more = distinct.length - shown.length
  return [
    paragraph('Comparisons with it that were shared say so now:'),
    ...shown,
    ...(more > 0 ? [context(`... ${more} more`)] : []),
  ]
}
