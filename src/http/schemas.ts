/** Parts that several route schemas share. Descriptions are shown in OpenAPI and in error messages. */

export const TIME = { type: 'string', format: 'date-time', maxLength: 40 } as const

export const MAX_METRIC_NAME = 250

export const METRIC_NAME = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_METRIC_NAME,
  description: "A metric's name; slashes are fine",
} as const

export const PROJECT_NAME = {
  type: 'string',
  pattern: '^[^#\\u0000-\\u001f\\u007f-\\u009f]{1,128}$',
  description: "A project's name: 1 to 128 printable characters without #",
} as const

export const METRIC_VALUE = {
  type: ['number', 'string', 'null'],
  pattern: '^(?:NaN|-?Infinity)$',
  description: 'A number, "NaN", "Infinity" or "-Infinity"; null counts as NaN',
} as const

/** Its digits are read exactly, also where a double could not hold them. */
export const STEP = { type: 'integer', format: 'int64', description: 'A signed 64-bit integer' } as const

export const RUN_REF = {
  type: 'string',
  minLength: 1,
  maxLength: 300,
  description: "A run's id, or project#number url-encoded (churn%23142)",
} as const

export const RUN_PARAMS = {
  type: 'object',
  properties: { run: RUN_REF },
  required: ['run'],
} as const

export const PAGING = {
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 50, description: 'At most so many items' },
  cursor: { type: 'string', maxLength: 400, description: 'What the last answer called `next`' },
} as const

export const OBJECT = { type: 'object', additionalProperties: true } as const

export const NOTE_TEXT = { type: 'string', minLength: 1, maxLength: 10_000 } as const

export const AUTHOR = {
  type: 'string',
  minLength: 1,
  maxLength: 250,
  description: 'With an admin token only',
} as const

export const NOTE = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    kind: { type: 'string', enum: ['note', 'learning'] },
    project: { type: 'string' },
    author: { type: 'string' },
    account: { type: ['string', 'null'], description: 'Who may edit it: slack:T1:U1, person:ana' },
    text: { type: 'string', description: 'As it was typed' },
    runs: { type: 'array', items: { type: 'string' }, description: 'churn#12' },
    permalink: { type: ['string', 'null'], description: 'The chat message that it is, or was written under' },
    created_at: TIME,
    edited_at: { ...TIME, type: ['string', 'null'] },
  },
  required: ['id', 'kind', 'project', 'author', 'text', 'runs', 'created_at'],
} as const

/** Every answer that is not a 2xx. */
export const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem document (application/problem+json)',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    field: { type: 'string', description: 'The offending field, as it was sent: points[3].step' },
    value: { description: 'The refused value, shortened' },
    allowed: { type: 'string', description: 'What would have been accepted' },
    suggestions: { type: 'array', items: { type: 'string' } },
    token: { type: 'string', description: 'The word that does not parse' },
    position: { type: 'integer', description: 'Where that word begins, from 0' },
    choices: { type: 'array', items: { type: 'string' } },
    retry_after_s: { type: 'number' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
} as const

export function list(items: object): object {
  return {
    type: 'object',
    properties: { items: { type: 'array', items }, next: { type: ['string', 'null'] } },
    required: ['items', 'next'],
  }
}

/** A route's answers: the good one, and the problem document for everything else. */
export function answers(status: number, description: string, schema: object): object {
  return { [status]: { description, ...schema }, '4xx': PROBLEM, '5xx': PROBLEM }
}
