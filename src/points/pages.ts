import type { Transaction } from 'kysely'
import { decodeBlocks, encodeBlocks, type Series, toBlocks, toSeriesList } from './blocks.ts'
import { type ChunkRow, chunksOf, insertChunks, joinBytes } from './chunks.ts'
import { runStatement, type Statement } from '../db/statements.ts'
import type { Database, RunKey } from '../db/tables.ts'
import { joinSeries, partOf } from './join-series.ts'

/** New points of a run, each metric once or, where points with and without steps follow each other, several times. */
export interface NewPoints {
  key: RunKey
  series: Series[]
}

/** Pages make way for chunks when a metric has about this many points in them. */
const CHUNK_POINTS = 500
/** A run has at most this many pages: then they are merged into one. */
const MAX_PAGES = 16
/** Pages of a run make way for chunks when they hold about this many bytes, however few points a metric has. */
const MAX_PAGES_BYTES = 4 * 1024 * 1024
/** When pages make way, metrics with fewer points stay in a page. */
const MIN_CHUNK_POINTS = 100

const COUNT = `/* count-pages */ select run_id, count(*)::int as pages, sum(points)::int as points,
    sum(octet_length(body))::int as bytes
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id) join point_pages using (project_id, run_id)
  group by run_id`

export interface PageCount {
  run_id: string
  pages: number
  /** At least as many as the metric with the most points has in them. */
  points: number
  bytes: number
}

/** How much lies in the pages of (locked) runs; a run without any gives no row. */
export function countPages(keys: RunKey[]): Statement {
  return { text: COUNT, parameters: columnsOf(keys) }
}

const READ = `/* read-pages */ select run_id, id, encode(body, 'base64') as body
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id) join point_pages using (project_id, run_id)
  order by id`

export type PageRow = { run_id: string; id: number; body: string }

/** Reads the pages of runs in the order of their arrival. */
export function readPages(keys: RunKey[]): Statement {
  return { text: READ, parameters: columnsOf(keys) }
}

/** @param wanted only the points of this metric */
export function seriesOfPage({ body }: Pick<PageRow, 'body'>, wanted?: number): Series[] {
  return toSeriesList(decodeBlocks(Buffer.from(body, 'base64'), wanted))
}

/**
 * Stores new points of (locked) runs: in a page of their run while its metrics have few points, in chunks once one of
 * them has CHUNK_POINTS of them.
 */
export async function storePoints(
  trx: Transaction<Database>,
  runs: NewPoints[],
  counts: PageCount[],
): Promise<void> {
  const known = new Map(counts.map((count) => [count.run_id, count]))
  const plans = runs.map((run) => ({ ...run, how: plan(run, known.get(run.key.runId)) }))
  const merging = plans.flatMap(({ key, how }) => (how !== 'page' && known.has(key.runId) ? [key] : []))
  const pages = await removePages(trx, merging)
  const chunks: ChunkRow[] = []
  const rows: NewPoints[] = []
  for (const { key, series, how } of plans) {
    const all = how === 'page' ? series : joinSeries([...(pages.get(key.runId) ?? []), ...series])
    const least = how === 'all chunks' ? 0 : how === 'chunks' ? MIN_CHUNK_POINTS : Number.POSITIVE_INFINITY
    // All points of a metric go the same way, so that their order stays.
    const points = countPoints(all)
    const isLarge = ({ metricId }: Series) => (points.get(metricId) ?? 0) >= least
    const [large, small] = [all.filter(isLarge), all.filter((one) => !isLarge(one))]
    chunks.push(...large.flatMap((one) => chunksOf(key, one.metricId, partOf(one))))
    if (small.length > 0) rows.push({ key, series: small })
  }
  await insertChunks(trx, chunks)
  await insertPages(trx, rows)
}

type How = 'page' | 'merged page' | 'chunks' | 'all chunks'

function plan({ series }: NewPoints, count: PageCount | undefined): How {
  const most = mostPoints(series)
  const bytes = series.reduce((sum, { values }) => sum + values.byteLength, 0)
  if ((count?.bytes ?? 0) + bytes > MAX_PAGES_BYTES) return 'all chunks'
  if ((count?.points ?? 0) + most >= CHUNK_POINTS) return 'chunks'
  return (count?.pages ?? 0) + 1 >= MAX_PAGES ? 'merged page' : 'page'
}

const REMOVE = `/* remove-pages */ with removed as (
    delete from point_pages page using unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
    where page.project_id = wanted.project_id and page.run_id = wanted.run_id
    returning page.run_id, page.id, page.body
  ) select run_id, id, encode(body, 'base64') as body from removed order by id`

/** Run id to the points that lay in its pages, which are gone then. */
export async function removePages(
  trx: Transaction<Database>,
  keys: RunKey[],
): Promise<Map<string, Series[]>> {
  if (keys.length === 0) return new Map()
  const rows = await runStatement<PageRow>(trx, REMOVE, columnsOf(keys))
  const byRun = Map.groupBy(rows, ({ run_id }) => run_id)
  return new Map([...byRun].map(([runId, own]) => [runId, own.flatMap((row) => seriesOfPage(row))]))
}

const INSERT = `/* insert-pages, later */ insert into point_pages (project_id, run_id, points, body)
  select project_id, run_id, points, substring($4::bytea from at for size)
  from unnest($1::int[], $2::uuid[], $3::int[], $5::int[], $6::int[]) as page(project_id, run_id, points, at, size)`

async function insertPages(trx: Transaction<Database>, runs: NewPoints[]): Promise<void> {
  if (runs.length === 0) return
  const { bytes, starts, sizes } = joinBytes(runs.map(({ series }) => encodeBlocks(toBlocks(series))))
  await runStatement(trx, INSERT, [
    ...columnsOf(runs.map(({ key }) => key)),
    runs.map(({ series }) => mostPoints(series)),
    bytes,
    starts,
    sizes,
  ])
}

/** The points of the metric that has the most. */
function mostPoints(series: Series[]): number {
  return Math.max(...countPoints(series).values())
}

function countPoints(series: Series[]): Map<number, number> {
  const points = new Map<number, number>()
  for (const { metricId, values } of series) points.set(metricId, (points.get(metricId) ?? 0) + values.length)
  return points
}

function columnsOf(keys: RunKey[]): [number[], string[]] {
  return [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)]
}
