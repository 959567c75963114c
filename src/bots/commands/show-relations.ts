import type { WonRecord, RunRelations, Spread, SameInputs } from '../../domain/runs/read/run-relations.ts'
import { formatDelta, formatDuration, formatValue, formatValues } from '../../domain/text/format.ts'
import { bold, cut, link, paragraph, text } from '../../messages/build.ts'
import type { Block, Inline } from '../../messages/model.ts'

const RECORDS = 5
const TWINS = 6

/** What a run has to do with others: records it holds or held, seeds, duplicates. */
export function relationBlocks({ records, siblings, duplicates, spread }: RunRelations): Block[] {
  return [
    ...records.slice(0, RECORDS).map(recordBlock),
    ...(records.length > RECORDS ? [paragraph(`... ${records.length - RECORDS} more records`)] : []),
    ...sameInputsBlocks('Same inputs, other seeds: ', siblings, spread),
    ...sameInputsBlocks('Same inputs, same seed: ', duplicates, null),
  ]
}

function recordBlock({ metric, unit, value, set_at, beat, beaten_by }: WonRecord): Block {
  const [own, before] = formatValues([value, beat?.value ?? value])
  const measured = `${cut(metric, 60)} (${own}${unit === null ? '' : ` ${cut(unit, 12)}`})`
  const beaten: Inline[] =
    beat === null
      ? [text('; it was the first')]
      : [
          text('; it beat '),
          link(beat.ref, beat.url),
          text(` (${before}; ${formatDelta(beat.value, value)})`),
        ]
  if (beaten_by === null) return paragraph(bold(`Holds the record of ${measured}`), ...beaten)
  const [by] = formatValues([beaten_by.value, value])
  const held = formatDuration(Date.parse(beaten_by.at) - Date.parse(set_at))
  return paragraph(
    bold(`Was best in ${measured} for ${held}`),
    ...beaten,
    text('; beaten by '),
    link(beaten_by.ref, beaten_by.url),
    text(` (${by})`),
  )
}

function sameInputsBlocks(title: string, twins: SameInputs[], spread: Spread | null): Block[] {
  if (twins.length === 0) return []
  const shown = twins
    .slice(0, TWINS)
    .flatMap((twin, index): Inline[] => [
      ...(index === 0 ? [] : [text(', ')]),
      link(twin.ref, twin.url),
      text(sameInputsWords(twin)),
    ])
  const hidden = twins.length - TWINS
  return [
    paragraph(
      bold(title),
      ...shown,
      text(hidden > 0 ? `, ... ${hidden} more` : ''),
      text(spread === null ? '' : `\n${spreadWords(spread)}`),
    ),
  ]
}

function sameInputsWords({ seed, status, value }: SameInputs): string {
  const told = [
    ...(seed === null ? [] : [`seed ${cut(seed, 20)}`]),
    ...(value === null ? [] : [formatValue(value)]),
    ...(status === 'finished' ? [] : [status]),
  ]
  return told.length === 0 ? '' : ` (${told.join(', ')})`
}

/** 'accuracy over 3 runs: 0.935 ± 0.004 (0.931 to 0.941)' */
function spreadWords({ metric, unit, runs, mean, deviation, min, max }: Spread): string {
  const [low, high] = formatValues([min, max])
  const rounded = formatValue(Number(mean.toPrecision(4)))
  const around = formatValue(Number(deviation.toPrecision(2)))
  return `${cut(metric, 60)} over ${runs} runs: ${rounded} ± ${around}${unit === null ? '' : ` ${cut(unit, 12)}`} (${low} to ${high})`
}
