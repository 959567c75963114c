import fc from 'fast-check'

/** The part of JSON Schema that our routes use. */
export interface Schema {
  type?: string | string[]
  enum?: string[]
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  propertyNames?: Schema
  additionalProperties?: boolean | Schema
  examples?: unknown[]
}

/** Values that a schema lets pass. */
export function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.examples !== undefined) return fc.oneof(fc.constantFrom(...schema.examples), byType(schema))
  return byType(schema)
}

function byType(schema: Schema): fc.Arbitrary<unknown> {
  const types = [schema.type ?? 'any'].flat()
  return fc.oneof(...types.map((type) => ofType(type, schema)))
}

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return text(schema)
    case 'integer':
      return integer(schema)
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valid(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 })
    case 'object':
      return object(schema)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

function text({ enum: words, pattern, format, minLength = 0, maxLength = 20 }: Schema): fc.Arbitrary<string> {
  if (words !== undefined) return fc.constantFrom(...words)
  if (format === 'date-time' || (maxLength === 40 && pattern === undefined)) {
    const [min, max] = [new Date('1970-01-01T00:00:00Z'), new Date('9999-12-31T00:00:00Z')]
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString())
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'))
  const unit = fc.oneof(fc.constant('grapheme' as const), fc.constant('grapheme-ascii' as const))
  return unit.chain((unit) => fc.string({ unit, minLength, maxLength: Math.min(maxLength, 20) }))
}

function integer({ format, minimum, maximum }: Schema): fc.Arbitrary<number | bigint> {
  const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const small = fc.integer({ min: minimum ?? 0, max: maximum ?? 1_000_000 })
  return format === 'int64' ? fc.oneof(small, wide) : small
}

function object(schema: Schema): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties } = schema
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(([name, one]) => [name, valid(one)])
    return fc.record(Object.fromEntries(entries), { requiredKeys: required as never[] })
  }
  const values =
    typeof additionalProperties === 'object' ? valid(additionalProperties) : fc.jsonValue({ maxDepth: 2 })
  const names = valid(schema.propertyNames ?? { type: 'string', minLength: 1 }) as fc.Arbitrary<string>
  return fc.dictionary(names, values, { maxKeys: 4, noNullPrototype: true })
}

const JUNK = [
  '',
  'abc',
  '\0',
  '\ud800',
  '__proto__',
  'x'.repeat(300),
  true,
  {},
  [],
  -1,
  1.5,
  2 ** 60,
  1e308,
  null,
]

/** A value with one place in it spoilt. */
export function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const junk = fc.oneof(
    fc.constantFrom<unknown>(...JUNK),
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary' }),
  )
  return fc
    .tuple(value, junk, fc.nat(), fc.string())
    .map(([whole, bad, at, name]) => spoil(whole, bad, at, name))
}

function spoil(whole: unknown, bad: unknown, at: number, name: string): unknown {
  if (typeof whole !== 'object' || whole === null) return bad
  const keys = Object.keys(whole)
  if (keys.length === 0 || at % 5 === 0)
    return Array.isArray(whole) ? [...whole, bad] : { ...whole, [name]: bad }
  const key = keys[at % keys.length] ?? ''
  const inner = (whole as Record<string, unknown>)[key]
  const changed = at % 3 === 0 ? bad : spoil(inner, bad, Math.floor(at / 7), name)
  if (Array.isArray(whole)) return whole.map((item, index) => (String(index) === key ? changed : item))
  return { ...whole, [key]: changed }
}

/** Texts of bodies: most from the schema, some spoilt in their values, some in their syntax. */
export function bodies(schema: Schema, stringify: (value: unknown) => string): fc.Arbitrary<string> {
  const good = valid(schema).map(stringify)
  const cut = fc.tuple(good, fc.nat()).map(([whole, at]) => whole.slice(0, at % (whole.length + 1)))
  const odd = fc
    .tuple(
      good,
      fc.constantFrom(
        '1e999',
        '-1e999',
        'NaN',
        '"\\u0000"',
        '"\\ud800"',
        '99999999999999999999',
        '{"__proto__":1}',
      ),
    )
    .map(([whole, bad]) => whole.replace(/:(?:[\d.eE+-]+|"[^"]*"|null|true|false)/, () => `:${bad}`))
  return fc.oneof(
    { weight: 6, arbitrary: good },
    { weight: 3, arbitrary: spoilt(valid(schema)).map(stringify) },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  )
}
