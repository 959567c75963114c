/** Slack's name to the emoji, for common reactions. Other reactions match by their name, or by their emoji, only. */
const EMOJI: Record<string, string> = {
  trophy: '🏆',
  test_tube: '🧪',
  no_entry: '⛔',
  no_entry_sign: '🚫',
  star: '⭐',
  star2: '🌟',
  rocket: '🚀',
  fire: '🔥',
  '+1': '👍',
  thumbsup: '👍',
  '-1': '👎',
  thumbsdown: '👎',
  eyes: '👀',
  white_check_mark: '✅',
  heavy_check_mark: '✔',
  x: '❌',
  warning: '⚠',
  question: '❓',
  bug: '🐛',
  bulb: '💡',
  bookmark: '🔖',
  pushpin: '📌',
  tada: '🎉',
  100: '💯',
  heart: '❤',
  hourglass: '⌛',
  snail: '🐌',
  turtle: '🐢',
  moneybag: '💰',
  broom: '🧹',
  microscope: '🔬',
  bar_chart: '📊',
  chart_with_upwards_trend: '📈',
  chart_with_downwards_trend: '📉',
  recycle: '♻',
  wastebasket: '🗑',
  skull: '💀',
  boom: '💥',
  repeat: '🔁',
  construction: '🚧',
  snowflake: '❄',
  lock: '🔒',
  seedling: '🌱',
}

/** A reaction for display: the emoji when it is known, else the platform's name (':party_blob:'). */
export function shownReaction(reaction: string): string {
  const plain = plainReaction(reaction)
  return /^[\w+-]+$/.test(plain) ? `:${plain}:` : plain
}

/** The label of a reaction, by Slack's name or Discord's emoji; undefined for reactions without a label. */
export function labelOfReaction(
  reactions: ReadonlyMap<string, string>,
  reaction: string,
): string | undefined {
  const wanted = plainReaction(reaction)
  for (const [name, label] of reactions) if (plainReaction(name) === wanted) return label
  return undefined
}

/** The reaction without its skin tone (':+1::skin-tone-2:') and without variation selectors. */
function plainReaction(reaction: string): string {
  const name = reaction.replace(/^:|:$/g, '').replace(/::skin-tone-\d$/, '')
  const emoji = EMOJI[name] ?? name
  return emoji.replace(/\ufe0e|\ufe0f|[\u{1f3fb}-\u{1f3ff}]/gu, '')
}
