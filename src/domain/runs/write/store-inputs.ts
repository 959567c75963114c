import type { Transaction } from 'kysely'
import { insertRows, runStatement } from '../../../db/statements.ts'
import type { Database, ParamValue, RunKey } from '../../../db/tables.ts'
import { flattenParams } from '../inputs/flatten-params.ts'
import type { DataInput } from '../types.ts'

/** What one run tells of its inputs; no other entry is of the same run. */
export interface InputsEntry {
  key: RunKey
  input: { params?: Record<string, ParamValue>; tags?: Record<string, string>; data?: DataInput[] }
}

/** Params, tags and data versions of runs; what is already there under the same name is replaced. */
export async function storeInputs(trx: Transaction<Database>, entries: InputsEntry[]): Promise<void> {
  await storeParams(trx, entries)
  const of = ({ key }: InputsEntry) => ({ project_id: key.projectId, run_id: key.runId })
  const tags = entries.flatMap((entry) =>
    Object.entries(entry.input.tags ?? {}).map(([key, value]) => ({ ...of(entry), key, value })),
  )
  await insertRows(trx, 'run_tags', ['project_id', 'run_id', 'key', 'value'], tags, REPLACE_TAG)
  const data = entries.flatMap((entry) =>
    distinctData(entry.input.data ?? []).map((row) => ({ ...of(entry), ...row })),
  )
  await insertRows(
    trx,
    'run_data',
    ['project_id', 'run_id', 'name', 'version', 'path', 'url'],
    data,
    REPLACE_DATA,
  )
}

const REPLACE_TAG = 'on conflict (project_id, run_id, key) do update set value = excluded.value'
const REPLACE_DATA =
  'on conflict (project_id, run_id, name, version) do update set path = excluded.path, url = excluded.url'
/** JSON's null becomes no value at all on its way; here it is one. */
const PARAMS = `/* insert-run-params, later */ insert into run_params (project_id, run_id, name, value, number)
  select project_id, run_id, name, coalesce(value, 'null'), number
  from json_populate_recordset(null::run_params, $1::json)
  on conflict (project_id, run_id, name) do update set value = excluded.value, number = excluded.number`

async function storeParams(trx: Transaction<Database>, entries: InputsEntry[]): Promise<void> {
  const params = entries.flatMap(({ key, input }) =>
    flattenParams(input.params ?? {}).map((param) => ({
      project_id: key.projectId,
      run_id: key.runId,
      ...param,
    })),
  )
  if (params.length === 0) return
  await rememberParamNames(trx, params)
  await runStatement(trx, PARAMS, [JSON.stringify(params)])
}

const NEW_NAMES = `/* insert-param-names, later */ insert into param_names (project_id, name)
  select distinct wanted.project_id, wanted.name from unnest($1::int[], $2::text[]) as wanted(project_id, name)
  where not exists (select from param_names known
    where known.project_id = wanted.project_id and known.name = wanted.name)
  order by 1, 2 on conflict do nothing`

/** In one order, so that two runs with new names never wait for each other. */
async function rememberParamNames(
  trx: Transaction<Database>,
  params: { project_id: number; name: string }[],
): Promise<void> {
  const names = new Map(params.map(({ project_id, name }) => [`${project_id} ${name}`, { project_id, name }]))
  const wanted = [...names.values()]
  await runStatement(trx, NEW_NAMES, [
    wanted.map(({ project_id }) => project_id),
    wanted.map(({ name }) => name),
  ])
}

/** One statement may not touch a row twice: of equal name and version the last entry counts. */
function distinctData(data: DataInput[]) {
  const rows = data.map(({ name, version, path, url }) => ({
    name,
    version,
    path: path ?? null,
    url: url ?? null,
  }))
  return [...new Map(rows.map((row) => [JSON.stringify([row.name, row.version]), row])).values()]
}
