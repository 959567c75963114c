import { createLogger } from '../../../src/logger.ts'
import { openPictures } from '../../../src/charts/open-pictures.ts'
import { systemClock } from '../../../src/clock.ts'
import { createDb, createPool } from '../../../src/db/client.ts'
import { keepCharts } from '../../../src/domain/pictures/keep-charts.ts'
import { pictureStore } from '../../../src/domain/pictures/picture-store.ts'
import { message, picture } from '../../../src/messages/build.ts'
import type { Chart } from '../../../src/messages/chart.ts'
import { startPostgres } from '../../harness/database.ts'
import type { Bench } from '../../harness/measure.ts'

const DRAW_TIMEOUT_MS = 60_000

/** What draws in the server, with its threads, its memory of pictures and its store. */
export async function openRig(bench: Bench) {
  const postgres = await startPostgres(bench, 'postgres')
  const url = await postgres.createDatabase('charts')
  // What fails says so by itself; connections that the server ends at the end fail nothing.
  const db = createDb(createPool({ url, onError: () => {} }))
  bench.onEnd(() => db.destroy())
  const ctx = { db, clock: systemClock }
  const pictures = await openPictures({
    drawer: undefined,
    quickChartUrl: undefined,
    store: pictureStore(ctx),
    log: createLogger('warn', (line) => line),
  })
  bench.onEnd(() => pictures.close())
  return {
    /** As for a message that shows it: kept as data, drawn, stored. @throws Error when there is no picture */
    show: async (chart: Chart): Promise<Uint8Array> => {
      await keepCharts(ctx, [message('bench', chart.title, [picture(chart, chart.title)])])
      const drawn = await pictures.draw(chart, DRAW_TIMEOUT_MS)
      if (drawn === undefined) throw new Error(`'${chart.title}' was not drawn.`)
      return drawn.png
    },
    /** How many charts are in the store with their picture. */
    stored: async (): Promise<number> => {
      const { count } = await db
        .selectFrom('charts')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('chart', 'is not', null)
        .where('png', 'is not', null)
        .executeTakeFirstOrThrow()
      return Number(count)
    },
  }
}
