/**
 * What Discord takes; the renderer stays below. Sizes are in characters. As of discord-api-types 0.38.57 and
 * @discordjs/builders 1.15.0 in November 2026; Discord's own pages:
 * - content, title, description, alt: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
 * - rows, buttonsPerRow, buttonText, url, modalLabel, textInput: https://discord.com/developers/docs/components/reference
 * - choices, choice: https://discord.com/developers/docs/interactions/application-commands
 * - modalTitle: https://discord.com/developers/docs/interactions/receiving-and-responding
 * Fields that no page bounds are our own choice: code, line, label, fallback, pictures.
 */
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
  /** Each is an embed or a file of its own: ten are allowed. */
  pictures: 4,
  alt: 1_024,
} as const
