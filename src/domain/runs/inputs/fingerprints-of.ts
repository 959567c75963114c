import type { ParamValue } from '../../../db/tables.ts'
import { fingerprint, seedGroup, seedOf } from './fingerprint.ts'
import { flattenParams } from './flatten-params.ts'
import type { CodeInput, DataInput } from '../types.ts'

/** The two hashes that stand for a run's inputs, and its seed wherever it was told, as columns. */
export function fingerprintsOf(input: {
  code?: CodeInput
  data?: DataInput[]
  params?: Record<string, ParamValue>
  seed?: string | number
}): { fingerprint: string | null; seed_group: string | null; seed: string | null } {
  const params = Object.fromEntries(flattenParams(input.params ?? {}).map(({ name, value }) => [name, value]))
  const facts = {
    commit: input.code?.commit,
    patchHash: input.code?.patch_hash,
    data: input.data ?? [],
    params,
    seed: input.seed === undefined ? undefined : String(input.seed),
  }
  return {
    fingerprint: fingerprint(facts) ?? null,
    seed_group: seedGroup(facts) ?? null,
    seed: seedOf(facts),
  }
}
