import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { withClient } from '../../test/support/with-client.ts'
import { checkStored } from './check-runs.ts'
import type { RunMade } from './run-workload.ts'

/*
 * The rows that a finished run leaves in our tables, as plainly as pg can write them: prepared statements, a
 * connection per client, a transaction per run. Numbers are given out beforehand: nothing is looked up, compared,
 * decided or waited for.
 */
const RUN = `insert into runs (project_id, id, number, name, status, env, started_at, ended_at, last_write_at, created_at)
  values ($1, $2, $3, $4, 'finished', '{}', $5, $5, $5, $5)`
const PARAMS = `insert into run_params (project_id, run_id, name, value, number)
  select $1, $2, name, value, number from unnest($3::text[], $4::jsonb[], $5::float8[]) as param(name, value, number)`
const SUMMARY = `insert into metric_summaries (project_id, run_id, metric_id, points, nans, infinities, last_value, last_step,
    last_time, last_stepped, min_value, max_value, max_seen_step, ranked, ended)
  values ($1, $2, $3, 1, 0, 0, $4, 0, $5, false, $4, $4, 0, true, true)`
const AUDIT = `insert into audit (at, actor, origin, action, subject, project_id, details)
  values ($1, 'admin', 'api', 'run.create', $2, $3, '{}')`

/** @returns runs a second */
export async function rawRuns(url: string, clients: number, all: RunMade[]): Promise<number> {
  const { project, metric } = await prepare(url, all[0]?.project ?? 'raw')
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(url)))
  const written: { id: string; run: RunMade }[] = []
  let next = 0
  const begun = performance.now()
  await Promise.all(
    connections.map(async (client) => {
      for (let at = next++; at < all.length; at = next++) {
        const run = all[at] as RunMade
        written.push({ id: await writeRun(client, project, metric, run, at + 1), run })
      }
    }),
  )
  const seconds = (performance.now() - begun) / 1_000
  await Promise.all(connections.map((client) => client.end()))
  await withClient(url, (client) => checkStored(client, written))
  return all.length / seconds
}

async function prepare(url: string, name: string): Promise<{ project: number; metric: number }> {
  return await withClient(url, async (client) => {
    const id = async (text: string, values: unknown[]) =>
      (await client.query<{ id: number }>(text, values)).rows[0]?.id ?? 0
    const project = await id('insert into projects (name, created_at) values ($1, now()) returning id', [
      name,
    ])
    const metric = await id(
      "insert into metrics (project_id, name, direction, created_at) values ($1, 'accuracy', 'max', now()) returning id",
      [project],
    )
    return { project, metric }
  })
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function writeRun(
  client: pg.Client,
  project: number,
  metric: number,
  made: RunMade,
  number: number,
): Promise<string> {
  const run = randomUUID()
  const now = new Date()
  const params = Object.entries(made.params)
  const query = (name: string, text: string, values: unknown[]) => client.query({ name, text, values })
  await client.query('begin')
  await query('run', RUN, [project, run, number, made.name, now])
  await query('params', PARAMS, [
    project,
    run,
    params.map(([name]) => name),
    params.map(([, value]) => JSON.stringify(value)),
    params.map(([, value]) => (typeof value === 'number' ? value : null)),
  ])
  await query('summary', SUMMARY, [project, run, metric, made.accuracy, now.getTime()])
  await query('audit', AUDIT, [now, `${made.project}#${number}`, project])
  await client.query('commit')
  return run.replaceAll('-', '')
}
