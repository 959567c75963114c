/**
 * What Slack takes; the renderer stays below. Sizes are in characters. As of November 2026, from the types and comments of
 * @slack/types 3.2.0; the pages that document them:
 * - blocks, text, contextElement, alt, title, hint: https://docs.slack.dev/reference/block-kit/blocks
 *   (50 blocks in a message, 100 in a view: read 2026-12-01; section text 3,000)
 * - header: https://docs.slack.dev/reference/block-kit/blocks/header-block (150: read 2026-12-01)
 * - buttonText, buttonUrl: https://docs.slack.dev/reference/block-kit/block-elements/button-element
 *   (75 and 3,000: read 2026-12-01)
 * - input, placeholder, options, optionText, optionValue: https://docs.slack.dev/reference/block-kit/block-elements
 *   (option values: 75 in the types, 150 in Slack's Python SDK)
 * Our own choice: line, label, buttons, buttonsPerRow, pictures, tableCell, viewJson, fallback.
 */
export const SLACK = {
  blocks: 48,
  header: 150,
  text: 3_000,
  /** One fact's value, one line of code, one run of a list: longer ones would push out everything else. */
  line: 600,
  label: 100,
  contextElement: 2_000,
  /** In a whole message: they must leave room for what they are about. */
  buttons: 12,
  buttonsPerRow: 5,
  buttonText: 75,
  buttonUrl: 400,
  alt: 2_000,
  /** Of a file itself. */
  fileAlt: 1_000,
  /** Charts of one message that are uploaded. */
  pictures: 4,
  title: 2_000,
  /**
   * Without the header row. 100 rows, 20 columns and 10,000 characters over all cells: observed by other clients of
   * Slack, November 2026.
   */
  tableRows: 99,
  tableColumns: 20,
  tableText: 9_500,
  tableCell: 300,
  /**
   * Observed, not documented (November 2026): about 13,200 characters of JSON are refused with msg_blocks_too_long,
   * https://github.com/slackapi/bolt-js/issues/2509.
   */
  json: 12_000,
  /** Our own choice: a view takes twice as many blocks as a message. */
  viewJson: 24_000,
  fallback: 150,
  /** Of a modal and its buttons. */
  viewTitle: 24,
  hint: 2_000,
  placeholder: 150,
  input: 3_000,
  options: 100,
  optionText: 75,
  optionValue: 75,
} as const
