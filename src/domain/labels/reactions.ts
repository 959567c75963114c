/** The emoji that people are likely to choose, by the names that Slack has for them; any other is told by either. */
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

/** A reaction as everybody shows it: the emoji where we know it, else the name as it came (':party_blob:'). */
export function shownReaction(reaction: string): string {
  const plain = plainReaction(reaction)
  return /^[\w+-]+$/.test(plain) ? `:${plain}:` : plain
}

/** The label that a reaction stands for, Slack's name and Discord's emoji alike; undefined for one without meaning. */
export function labelOfReaction(
  reactions: ReadonlyMap<string, string>,
  reaction: string,
): string | undefined {
  const wanted = plainReaction(reaction)
  for (const [name, label] of reactions) if (plainReaction(name) === wanted) return label
  return undefined
}

/** Without the colour of a hand (':+1::skin-tone-2:') and the mark that asks for a coloured glyph. */
function plainReaction(reaction: string): string {
  const name = reaction.replace(/^:|:$/g, '').replace(/::skin-tone-\d$/, '')
  const emoji = EMOJI[name] ?? name
  return emoji.replace(/\ufe0e|\ufe0f|[\u{1f3fb}-\u{1f3ff}]/gu, '')
}
