/*
 * Points: the storage of metric values by step. This file is the only one of the folder that others import, as
 * `import * as points from '.../points/index.ts'`. The forms in which points are stored:
 *
 * - batch: the series of one request, one per metric, before they are stored (`SeriesInput`).
 * - chunk: a row of metric_chunks: the points of one metric of one run, packed as columns (packed-points.ts).
 * - small chunk: one of fewer than 500 points. It lies in a partition of its own (`loose`) until compaction merges it.
 * - tail: the newest points of a metric of a running run, fewer than 40, in its summary until they become a small chunk.
 *   A metric's only point is in the columns of its summary alone.
 * - summary: a row of metric_summaries: last, lowest and highest value of one metric of one run, with their steps.
 *   Summaries of running runs are a partition of their own (`ended` false); `ranked` ones count for boards.
 * - piece: what one transaction of a compaction merges.
 * - compaction: a row of compactions: a run whose small chunks are due to be merged; processes lease it.
 *
 * Order of locks: runs, then summaries, then metric definitions. `append` alone locks summaries without their run.
 */
export { appendSeries as append, TOUCH_EVERY_MS } from './append-series.ts'
export { compactRuns as compact, hasCompactions } from './compact-runs.ts'
export { endRuns as end } from './end-runs.ts'
export type { Summary } from './fold-points.ts'
export type { PointColumns } from './packed-points.ts'
export { readSeries as read } from './read-points.ts'
export { storeSeries as store } from './store-series.ts'
export { lockSummaries, type LockedRow } from './summaries.ts'
export type { Counts, MetricName, SeriesInput } from './types.ts'
