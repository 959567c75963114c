import type { Transaction } from 'kysely'
import type { Database } from '../../../db/tables.ts'
import { paragraph, text } from '../../../messages/build.ts'
import type { Block } from '../../../messages/model.ts'
import { areComparable, dataDifferences, dataWords } from '../../datasets/compare-data.ts'
import { dataOfRuns } from '../../datasets/data-of-runs.ts'

/**
 * A warning for each former best run that used other data than the new one, because their values cannot be compared.
 * @param refs run id to reference, such as 'churn#142'
 */
export async function dataWarnings(
  trx: Transaction<Database>,
  projectId: number,
  pairs: { best: string; base: string }[],
  refs: Map<string, { ref: string }>,
): Promise<Block[]> {
  const distinct = [...new Map(pairs.map((pair) => [`${pair.best} ${pair.base}`, pair])).values()]
  const data = await dataOfRuns(trx, projectId, [
    ...new Set(distinct.flatMap(({ best, base }) => [best, base])),
  ])
  return distinct.flatMap(({ best, base }): Block[] => {
    const [before, after] = [data.get(base) ?? [], data.get(best) ?? []]
    if (areComparable([before, after])) return []
    const former = refs.get(base)?.ref ?? 'the best before'
    return [
      paragraph(
        text(`These values are not comparable with ${former} as they stand: `, 'bold'),
        `data differs: ${dataWords(dataDifferences([before, after]))}`,
      ),
    ]
  })
}
