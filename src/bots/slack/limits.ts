/** What Slack takes; the renderer stays below. Sizes are in characters. */
export const SLACK = {
  blocks: 48,
  header: 150,
  text: 3_000,
  /** One run of a list. */
  run: 600,
  fields: 10,
  field: 2_000,
  contextElement: 2_000,
  buttons: 25,
  buttonText: 75,
  url: 3_000,
  alt: 2_000,
  title: 2_000,
  tableRows: 100,
  tableColumns: 20,
  tableText: 10_000,
  /** Observed, not documented: about 13,200 characters of JSON are refused. */
  json: 12_000,
  fallback: 150,
} as const
