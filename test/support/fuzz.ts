import fc from 'fast-check'

const DEFAULT_SEED = 20_261_124
const seed = Number(process.env['FUZZ_SEED'] ?? DEFAULT_SEED)
const factor = Number(process.env['FUZZ_RUNS'] ?? 1)

// The seed is fixed so that a failure comes again; fast-check prints it with the failing case.
fc.configureGlobal({ seed, numRuns: fuzzRuns(100).numRuns })

/**
 * How often a property is tried, as options for `fc.assert`.
 * @param count the number of runs in `npm test`; FUZZ_RUNS=20 multiplies it for a long look
 */
export function fuzzRuns(count: number): { numRuns: number } {
  return { numRuns: Math.max(1, Math.round(count * factor)) }
}
