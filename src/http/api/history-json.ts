import type { HistoryColumns } from '../../domain/runs/read/history.ts'

/** The JSON of a history, written column by column: objects for a serializer to walk through take several times as long. */
export function historyJson({ metric, count, points }: HistoryColumns): string {
  const { steps, times, values } = points
  const iso = isoWriter()
  const items: string[] = Array.from({ length: values.length })
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    const shown = Number.isFinite(value) ? String(value) : `"${value}"`
    items[index] = `{"step":${steps[index]},"value":${shown},"time":"${iso(times[index] as number)}"}`
  }
  return `{"metric":${JSON.stringify(metric)},"count":${count},"points":[${items.join(',')}]}`
}

const MINUTE_MS = 60_000

/** ISO times in UTC; what points of one minute share is written once. */
function isoWriter(): (ms: number) => string {
  let minute = Number.NaN
  let prefix = ''
  return (ms) => {
    const own = Math.floor(ms / MINUTE_MS)
    if (own !== minute) {
      minute = own
      prefix = new Date(own * MINUTE_MS).toISOString().slice(0, -'00.000Z'.length)
    }
    const rest = ms - own * MINUTE_MS
    const seconds = Math.floor(rest / 1_000)
    return `${prefix}${String(seconds).padStart(2, '0')}.${String(rest - seconds * 1_000).padStart(3, '0')}Z`
  }
}
