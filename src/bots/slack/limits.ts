/** What Slack takes; the renderer stays below. Sizes are in characters. */
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
  /** Charts of one message that are uploaded; nobody scrolls past more. */
  pictures: 4,
  title: 2_000,
  /** Without the header row. */
  tableRows: 99,
  tableColumns: 20,
  tableText: 9_500,
  tableCell: 300,
  /** Observed, not documented: about 13,200 characters of JSON are refused. */
  json: 12_000,
  /** A view takes twice as many blocks, and more characters than anybody reads. */
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
