/*
 * Numbers that look random and are the same in PostgreSQL and in here, to the bit: what the database computes in
 * bulk, the bench can compute again for a run at a time and know the right answers without asking. Whole numbers
 * below 2^53 throughout, a linear step and two squarings modulo a prime; the one division in the end rounds alike.
 */
const PRIME = 67_108_859

function constants(salt: number): [number, number, number, number] {
  const at = (index: number) => ((salt * 4 + index + 1) * 40_503_019 + 12_345) % PRIME
  return [at(0), at(1), at(2), at(3)]
}

/** A number in [0, 1) for run `n`; another series for every salt. */
export function noise(n: number, salt: number): number {
  const [a, b, c, d] = constants(salt)
  const x = (n * a + b) % PRIME
  const y = (x * x + c) % PRIME
  return ((y * y + d) % PRIME) / PRIME
}

/** The same as an expression on the bigint column `n`. */
export function noiseSql(salt: number): string {
  const [a, b, c, d] = constants(salt)
  const x = `((n * ${a} + ${b}) % ${PRIME})`
  const y = `((${x} * ${x} + ${c}) % ${PRIME})`
  return `(((${y} * ${y} + ${d}) % ${PRIME})::float8 / ${PRIME})`
}
