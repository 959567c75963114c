import { AUTHOR, METRIC_NAME, METRIC_VALUE, NOTE_TEXT, PROJECT_NAME, STEP, TIME } from '../../schemas.ts'

const text = (maxLength: number, description?: string) => ({
  type: 'string',
  maxLength,
  ...(description === undefined ? {} : { description }),
})

const MAX_INT4 = 2_147_483_647

const FIELDS = {
  name: text(250, 'What people call the run'),
  owner: text(250, "A person's plain name; the token's person unless said"),
  status: { type: 'string', enum: ['running', 'finished', 'failed', 'killed'] },
  params: {
    type: 'object',
    additionalProperties: true,
    description: 'Any JSON; nested objects become dotted names. Names to 250, values to 6,000 characters',
  },
  metrics: {
    type: 'object',
    propertyNames: METRIC_NAME,
    additionalProperties: METRIC_VALUE,
    maxProperties: 1_000,
    description: 'Final or latest values by name',
  },
  tags: {
    type: 'object',
    propertyNames: { type: 'string', minLength: 1, maxLength: 250 },
    additionalProperties: text(8_000),
    maxProperties: 1_000,
  },
  seed: { type: ['string', 'integer'], maxLength: 250 },
  group: text(250, "The sweep's label"),
  code: {
    type: 'object',
    properties: {
      repo: text(2_000),
      commit: text(250),
      branch: text(250),
      dirty: { type: 'boolean' },
      patch_hash: text(250, 'sha256 of the uncommitted changes'),
    },
    additionalProperties: false,
  },
  data: {
    type: 'array',
    maxItems: 1_000,
    items: {
      type: 'object',
      properties: {
        name: { ...text(250), minLength: 1 },
        version: { ...text(250, 'A name of the content: md5:..., a tag'), minLength: 1 },
        path: text(2_000),
        url: text(2_000),
      },
      required: ['name', 'version'],
      additionalProperties: false,
    },
  },
  env: { type: 'object', additionalProperties: true, description: 'python, gpu, gpu_count, host, ...' },
  command: text(8_000),
  heartbeat_s: { type: 'integer', minimum: 1, maximum: MAX_INT4 },
  started_at: TIME,
  ended_at: TIME,
}

const EXAMPLE = {
  project: 'churn',
  name: 'wide-net',
  status: 'finished',
  params: { lr: 0.01, model: 'resnet50' },
  metrics: { accuracy: 0.931, val_loss: 0.21 },
}

export const RUN_BODY = {
  type: 'object',
  properties: {
    project: PROJECT_NAME,
    ...FIELDS,
    on_duplicate: { type: 'string', enum: ['off', 'warn', 'block'] },
  },
  required: ['project'],
  additionalProperties: false,
  examples: [EXAMPLE],
}

export const PATCH_BODY = {
  type: 'object',
  properties: FIELDS,
  additionalProperties: false,
  examples: [{ status: 'finished', metrics: { accuracy: 0.931 } }],
}

/** Metrics in one request of points. */
export const MAX_NAMES = 1_000

const POINT_TIME = {
  type: ['string', 'integer', 'null'],
  maxLength: 40,
  description: 'ISO 8601 with a zone, or milliseconds since 1970',
} as const

export const POINTS_BODY = {
  type: 'object',
  description: 'Either `points`, or columns: `series` with one value per entry of `steps`',
  properties: {
    points: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: METRIC_NAME,
          value: METRIC_VALUE,
          step: { ...STEP, type: ['integer', 'null'] },
          time: POINT_TIME,
        },
        required: ['name', 'value'],
        additionalProperties: false,
      },
    },
    steps: { type: ['array', 'null'], items: STEP },
    times: { type: ['array', 'null'], items: POINT_TIME },
    series: {
      type: 'object',
      propertyNames: METRIC_NAME,
      additionalProperties: { type: 'array', items: METRIC_VALUE },
      maxProperties: MAX_NAMES,
    },
  },
  additionalProperties: false,
  examples: [
    { points: [{ name: 'loss', value: 0.41, step: 7 }] },
    { steps: [0, 1, 2], series: { loss: [0.9, 0.5, 0.4], accuracy: [0.1, 0.4, 'NaN'] } },
  ],
} as const

export const LINES_BODY = {
  type: 'object',
  properties: { lines: { type: 'array', items: { type: 'string', maxLength: 10_000 }, maxItems: 10_000 } },
  required: ['lines'],
  additionalProperties: false,
  examples: [{ lines: ['epoch 3', 'CUDA out of memory'] }],
}

export const NOTE_BODY = {
  type: 'object',
  properties: {
    text: NOTE_TEXT,
    author: AUTHOR,
  },
  required: ['text'],
  additionalProperties: false,
  examples: [{ text: 'Warm-up helps.' }],
}
