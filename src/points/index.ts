/*
 * Points: the storage of metric values by step. This file is the only one of the folder that others import, as
 * `import * as points from '.../points/index.ts'`.
 *
 *     a request --append--> point_log --fold--> metric_summaries, point_pages --enough points--> metric_chunks
 *                           a row, packed       last, min, max; many metrics                     one metric each
 *
 * Log first, fold later: a request for metrics is answered after one insert, shared with the requests in flight beside
 * it. A moment later a worker folds the rows of a run: it drops exact repeats, numbers points that came without
 * steps, changes a summary per metric, and stores the points. What a point costs there is paid once per fold, not
 * once per request.
 *
 * - series: points of one metric, in the order of their arrival; those of one request mostly share their columns.
 * - block: series with the same steps and times; a row of the log and a page are blocks, one after the other (blocks.ts).
 * - log row: a request, or a part of a large one, as it arrived (log.ts).
 * - page: folded points of many metrics of a run, which are too few for chunks. A run has a few at most (pages.ts).
 * - chunk: points of one metric of a run, packed as columns (chunks.ts, packed-points.ts).
 * - summary: a row of metric_summaries: last, lowest and highest value of a metric of a run, with their steps.
 *   A metric's only point is in its summary alone. Summaries of running runs are a partition of their own (`ended` false).
 *
 * Locks. An append shares the lock of its run (for key share) and never waits: a run that is locked against it is left to
 * `appendLocked`. A change of a status locks the run for update, so that no append is under way, folds what is
 * committed, and then decides. Folds and other changes lock it for no key update: they wait for each other, appends do not.
 * So a transaction that reads or writes summaries of a run locks the run and folds first.
 *
 * Order of arrival is the order of ids in the log; chunks and pages of a metric, which draw their ids from one sequence,
 * keep it. Of a step that is logged again the value that came last counts; all of them stay stored (summary.ts).
 */
export { appendLocked, appendToLog, findWaiting, type LogInput } from './log.ts'
export { type Filled, fillOnce, toRows, toSeries, type Series } from './blocks.ts'
export { compactRuns as compact, hasCompactions } from './compact-runs.ts'
export { endRuns as end } from './end-runs.ts'
export { type Foldable, foldLog as fold, type Folded } from './fold.ts'
export type { Summary } from './summary.ts'
export type { PointColumns } from './packed-points.ts'
export { type ReadOptions, readSeries as read } from './read-points.ts'
export { NOTHING, readKnown, storeSeries as store } from './store.ts'
export type { Counts, Entry, MetricName, Refusal, SeriesInput } from './types.ts'
