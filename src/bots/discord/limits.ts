/** What Discord takes; the renderer stays below. Sizes are in characters. */
export const DISCORD = {
  content: 2_000,
  title: 256,
  /** With the title and the footer below the 6,000 characters that all embeds together may have. */
  description: 4_096,
  rows: 5,
  buttonsPerRow: 5,
  buttonText: 80,
  url: 512,
  /** Monospaced text is higher than it looks on a phone. */
  code: 1_500,
  /** One fact's value, one run of a list: longer ones would push out everything else. */
  line: 600,
  label: 100,
  fallback: 150,
  choices: 25,
  choice: 100,
  modalTitle: 45,
  modalLabel: 45,
  textInput: 4_000,
  /** Each is an embed or a file of its own: ten are allowed, but nobody scrolls past more than these. */
  pictures: 4,
  alt: 1_024,
} as const
