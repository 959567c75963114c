const DIGITS = 4
const MAX_DIGITS = 17

/** A metric's value for people: four significant digits, more where that is all of it, NaN and infinities in words. */
export function formatValue(value: number | null): string {
  return formatValues([value])[0] ?? ''
}

/** Several values side by side, with as many digits as it takes to tell different ones apart. */
export function formatValues(values: (number | null)[]): string[] {
  const distinct = new Set(values.filter((value) => value !== null && Number.isFinite(value)))
  for (let digits = DIGITS; digits < MAX_DIGITS; digits++) {
    const texts = values.map((value) => withDigits(value, digits))
    const shown = new Set(texts.filter((_text, index) => Number.isFinite(values[index])))
    if (shown.size >= distinct.size) return texts
  }
  return values.map((value) => withDigits(value, MAX_DIGITS))
}

function withDigits(value: number | null, digits: number): string {
  if (value === null || Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'infinity'
  if (value === Number.NEGATIVE_INFINITY) return '-infinity'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en-US')
  if (size >= 1e15 || size < 1e-4) return tidyExponent(value.toExponential(Math.min(digits, 16) - 1))
  const whole = Math.max(1, Math.floor(Math.log10(size)) + 1)
  const rounded = Number(value.toPrecision(Math.min(16, Math.max(digits, whole))))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 20 })
}

function tidyExponent(text: string): string {
  return text.replace(/\.?0+e/, 'e').replace('e+', 'e')
}
