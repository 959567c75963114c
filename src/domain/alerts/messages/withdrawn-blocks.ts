import { context, cut, link, paragraph, text } from '../../../messages/build.ts'
import type { Block, Inline } from '../../../messages/model.ts'
import { formatValues } from '../../text/format.ts'
import type { RunFacts } from './record-facts.ts'
import type { Story, Withdrawn } from './record-story.ts'

const RECORDS_LIMIT = 5

/** Blocks that list the records of a message that no longer count, with the reasons, and the present record. */
export function withdrawnBlocks(story: Story, runs: Map<string, RunFacts>): Block[] {
  const { records, withdrawn, standing, best } = story
  const shown = withdrawn.slice(-RECORDS_LIMIT)
  const blocks = shown.map((one) =>
    records.length === 0 ? paragraph(...reason(one, runs)) : context('Not counted: ', ...reason(one, runs)),
  )
  if (withdrawn.length > shown.length)
    blocks.push(context(`... ${withdrawn.length - shown.length} more that do not count`))
  if (records.length > 0 || withdrawn.length === 0) return blocks
  return [...blocks, paragraph(...standingLine(story, standing, best.at, runs))]
}

/** 'churn#7 0.95 is invalid: label leak (ana)' */
function reason(one: Withdrawn, runs: Map<string, RunFacts>): Inline[] {
  const { record } = one
  const run = runs.get(record.runId)
  const name = run === undefined ? text('a run that is gone') : link(run.ref, run.url)
  if (one.why === 'invalid') {
    const [value] = formatValues([record.value])
    const why = run?.invalid == null ? '' : `: ${cut(run.invalid.reason, 300)} (${cut(run.invalid.by, 60)})`
    return [name, text(` ${value} is invalid${why}`)]
  }
  const [value, better] = formatValues([record.value, one.by.value])
  const by = runs.get(one.by.runId)
  return [
    name,
    text(` ${value} was no record: `),
    by === undefined ? text('a run that is gone') : link(by.ref, by.url),
    text(` had ${better} already`),
  ]
}

function standingLine(
  { metric }: Story,
  standing: Story['standing'],
  at: string,
  runs: Map<string, RunFacts>,
): Inline[] {
  if (standing === null) return [text(`No record of ${cut(metric.name, 80)} stands now.`)]
  const run = runs.get(standing.runId)
  const [value] = formatValues([standing.value])
  const again = standing.setAt < at ? ' again' : ''
  return [
    text(`The record of ${cut(metric.name, 80)} is${again} `),
    run === undefined ? text('of a run that is gone') : link(run.ref, run.url),
    text(` with ${value}.`),
  ]
}
