import type { Transaction } from 'kysely'
import { inBatches } from '../../db/batches.ts'
import type { Database, ParamValue } from '../../db/tables.ts'
import { flattenParams } from './flatten-params.ts'
import type { DataInput, RunKey } from './types.ts'

/** Params, tags and data versions of a run; what is already there under the same name is replaced. */
export async function storeInputs(
  trx: Transaction<Database>,
  key: RunKey,
  input: { params?: Record<string, ParamValue>; tags?: Record<string, string>; data?: DataInput[] },
): Promise<void> {
  const owner = { project_id: key.projectId, run_id: key.runId }
  const params = flattenParams(input.params ?? {}).map(({ name, value, number }) => ({
    ...owner,
    name,
    value: JSON.stringify(value),
    number,
  }))
  const names = params.map(({ name }) => ({ project_id: key.projectId, name })).toSorted(byName)
  await inBatches(names, (slice) =>
    trx
      .insertInto('param_names')
      .values(slice)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
  const tags = Object.entries(input.tags ?? {}).map(([tag, value]) => ({ ...owner, key: tag, value }))
  await inBatches(params, (slice) =>
    trx
      .insertInto('run_params')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'run_id', 'name']).doUpdateSet((eb) => ({
          value: eb.ref('excluded.value'),
          number: eb.ref('excluded.number'),
        })),
      )
      .execute(),
  )
  await inBatches(tags, (slice) =>
    trx
      .insertInto('run_tags')
      .values(slice)
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'run_id', 'key'])
          .doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
      )
      .execute(),
  )
  await inBatches(distinctData(owner, input.data ?? []), (slice) =>
    trx
      .insertInto('run_data')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'run_id', 'name', 'version']).doUpdateSet((eb) => ({
          path: eb.ref('excluded.path'),
          url: eb.ref('excluded.url'),
        })),
      )
      .execute(),
  )
}

/** Always in one order, so that two runs with new names never wait for each other. */
function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

/** One statement may not touch a row twice: of equal name and version the last entry counts. */
function distinctData(owner: { project_id: number; run_id: string }, data: DataInput[]) {
  const rows = data.map(({ name, version, path, url }) => ({
    ...owner,
    name,
    version,
    path: path ?? null,
    url: url ?? null,
  }))
  return [...new Map(rows.map((row) => [JSON.stringify([row.name, row.version]), row])).values()]
}
