/** '1700000000.123456' in microseconds since 1970; undefined for what is no time of Slack's. */
export function microsOf(ts: string | undefined): number | undefined {
  const [, seconds, micros] = /^(\d{1,10})\.(\d{6})$/.exec(ts ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1_000_000 + Number(micros)
}

/** In whole milliseconds. */
export function millisOf(ts: string | undefined): number | undefined {
  const micros = microsOf(ts)
  return micros === undefined ? undefined : Math.floor(micros / 1_000)
}
