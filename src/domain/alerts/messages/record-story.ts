import type { MetricRow } from '../../../db/tables.ts'
import type { PostedMetric, PostedRecord } from './posted-records.ts'
import type { ChainLink, RecordFacts, RunFacts } from './record-facts.ts'
import { isBetter } from '../../values/better.ts'

/** The present content of a new-best message for one metric. */
export interface Story {
  metric: MetricRow
  /** The records of the message that count, from the first to the best. Empty when all their runs are invalid. */
  records: PostedRecord[]
  /** The best of `records`; when none counts, the best one that was posted. */
  best: PostedRecord
  /** The record before the first of `records`. */
  base: PostedRecord['previous']
  beatenBy: { runId: string; value: number; at: string } | null
  /** Records of the message that do not count, each with the reason. */
  withdrawn: Withdrawn[]
  /** The present record, to be named when the message's own record no longer counts. */
  standing: ChainLink | null
}

export type Withdrawn = { record: PostedRecord } & (
  | { why: 'invalid' }
  /** An earlier record counts again, and is better. */
  | { why: 'beaten before'; by: ChainLink }
)

/**
 * Derives what changed since the message was posted because runs became invalid, or valid again: which of its records
 * count, which ones they beat and which ones beat them. Undefined when the metric is deleted.
 */
export function storyOf(
  { metricId, records, beatenBy }: PostedMetric,
  facts: Pick<RecordFacts, 'metrics' | 'chains' | 'runs'>,
): Story | undefined {
  const metric = facts.metrics.get(metricId)
  const last = records.at(-1)
  if (metric === undefined || last === undefined) return undefined
  const chain = new Chain(metric, facts.chains.get(metricId) ?? [], facts.runs)
  const withdrawn = records.flatMap((record): Withdrawn[] => {
    if (chain.isInvalid(record.runId)) return [{ record, why: 'invalid' }]
    const by = chain.betterBefore(record)
    return by === undefined ? [] : [{ record, why: 'beaten before', by }]
  })
  const counting = records.filter((record) => !withdrawn.some((one) => one.record === record))
  const best = counting.at(-1) ?? last
  const first = counting[0] ?? records[0] ?? last
  return {
    metric,
    records: counting,
    best,
    base: counting.length === 0 ? first.previous : chain.before(first),
    beatenBy:
      beatenBy !== null
        ? chain.after(best, beatenBy, counting)
        : withdrawn.length > 0
          ? chain.next(best)
          : null,
    withdrawn,
    standing: chain.last(),
  }
}

/** A metric's present records, compared with the ones that a message was posted with. */
class Chain {
  readonly #metric: MetricRow
  readonly #links: ChainLink[]
  readonly #runs: Map<string, RunFacts>

  constructor(metric: MetricRow, links: ChainLink[], runs: Map<string, RunFacts>) {
    this.#metric = metric
    this.#links = links
    this.#runs = runs
  }

  isInvalid(runId: string): boolean {
    return this.#runs.get(runId)?.invalid != null
  }

  last(): ChainLink | null {
    return this.#links.at(-1) ?? null
  }

  /** A record that was set earlier and is better: with it, this one was no record. */
  betterBefore({ runId, value, at }: { runId: string; value: number; at: string }): ChainLink | undefined {
    if (this.#at(runId) !== -1) return undefined
    return this.#links.findLast((link) => link.setAt < at && this.#isBetter(link.value, value))
  }

  /** The record that this one beat: the posted one, unless that is invalid or one between them counts again. */
  before(record: PostedRecord): PostedRecord['previous'] {
    const posted = record.previous
    if (posted === null) return null
    const at = this.#at(record.runId)
    const link =
      at === -1
        ? this.#links.findLast(({ runId, setAt }) => runId !== record.runId && setAt < record.at)
        : this.#links[at - 1]
    if (this.isInvalid(posted.runId)) return link ?? null
    return link !== undefined && this.#isBetter(link.value, posted.value) ? link : posted
  }

  /** The record that beat this one: the posted one, unless that is invalid or one that counts again beat it first. */
  after(
    best: PostedRecord,
    posted: PostedRecord,
    own: PostedRecord[],
  ): { runId: string; value: number; at: string } | null {
    const next = this.next(best)
    if (this.isInvalid(posted.runId) || this.betterBefore(posted) !== undefined) return next
    const between =
      next !== null &&
      next.runId !== posted.runId &&
      next.at < posted.at &&
      !own.some(({ runId }) => runId === next.runId)
    return between ? next : posted
  }

  /** The record after this one. When those between them do not count, it was never posted as the next one. */
  next({ runId }: { runId: string }): { runId: string; value: number; at: string } | null {
    const at = this.#at(runId)
    const link = at === -1 ? undefined : this.#links[at + 1]
    return link === undefined ? null : { ...link, at: link.setAt }
  }

  #at(runId: string): number {
    return this.#links.findIndex((link) => link.runId === runId)
  }

  #isBetter(value: number, than: number): boolean {
    return isBetter(value, than, this.#metric.direction ?? 'max')
  }
}
