/** What Discord takes; the renderer stays below. Sizes are in characters. */
export const DISCORD = {
  title: 256,
  description: 4_096,
  /** Titles, descriptions and footers of a message together. */
  embed: 6_000,
  rows: 5,
  buttonsPerRow: 5,
  buttonText: 80,
  url: 512,
  block: 1_500,
} as const
