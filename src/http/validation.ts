import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormatsModule from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import { nearest } from '../domain/text/suggest.ts'
import { type AppError, invalid } from '../errors.ts'

const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default

/** Bodies are taken as they are; what stands in an address is always text and becomes what the schema says. */
const bodies = withFormats(new Ajv({ verbose: true, strict: true, allowUnionTypes: true }))
const addresses = withFormats(new Ajv({ verbose: true, strict: true, coerceTypes: true, useDefaults: true }))

function withFormats(ajv: Ajv): Ajv {
  addFormats(ajv, ['date-time', 'int64'])
  return ajv
}

/** Compiles a route's schema once, at start; its errors name the field and what is allowed there. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const ajv = httpPart === 'body' ? bodies : addresses
  const validate: ValidateFunction = ajv.compile(schema)
  return (data: unknown) => {
    if (validate(data)) return true
    const [error] = validate.errors ?? []
    return { error: error === undefined ? invalid('body', 'The request is not valid.') : describe(error) }
  }
}

/** One schema error as a person reads it. */
export function describe(error: ErrorObject): AppError {
  const at = fieldPath(error.instancePath)
  const name = at === '' ? 'The body' : at
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(at, String(params['additionalProperty']), error)
    case 'required':
      return missing(join(at, String(params['missingProperty'])))
    case 'type':
      return wrong(at, `${name} must be ${words(params['type'])}.`, error, words(params['type']))
    case 'enum':
      return wrong(at, `${name} is not one of the allowed words.`, error, params['allowedValues'].join(', '))
    case 'pattern':
      return wrong(at, `${name} has a form that is not allowed.`, error, patternWords(error))
    case 'format':
      return wrong(at, `${name} is not in the form ${params['format']}.`, error, FORMATS[params['format']])
    default:
      return wrong(at, `${name} ${error.message ?? 'is not valid'}.`, error)
  }
}

const FORMATS: Record<string, string> = { 'date-time': 'ISO 8601 with a zone, as 2026-11-24T09:30:00Z' }

function missing(field: string): AppError {
  return invalid(field, `${field} is missing.`)
}

function wrong(field: string, message: string, error: ErrorObject, allowed?: string): AppError {
  const value = error.data === undefined ? {} : { value: error.data }
  return invalid(field || 'body', message, { ...value, ...(allowed === undefined ? {} : { allowed }) })
}

/** A longer name is no typing mistake for one of ours. */
const LONGEST_NAME = 64

function unknownField(at: string, name: string, error: ErrorObject): AppError {
  const known = Object.keys(error.parentSchema?.['properties'] ?? {})
  const suggestions = nearest(name.slice(0, LONGEST_NAME), known)
  return invalid(join(at, name), `There is no field ${join(at, name)} here.`, {
    allowed: known.length === 0 ? 'none' : known.join(', '),
    ...(suggestions.length === 0 ? {} : { suggestions }),
  })
}

const TYPES: Record<string, string> = {
  object: 'an object',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
}

function words(type: unknown): string {
  const names = [type].flat().map((one) => TYPES[String(one)] ?? String(one))
  return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

function patternWords(error: ErrorObject): string {
  const described: unknown = error.parentSchema?.['description']
  return typeof described === 'string' ? described : String(error.params['pattern'])
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** `/points/3/step` as the sender would write it: `points[3].step`. */
export function fieldPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) && path !== '' ? `${path}[${part}]` : join(path, part)), '')
}
