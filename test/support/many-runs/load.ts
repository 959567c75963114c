import type pg from 'pg'
import { withClient } from '../with-client.ts'
import { METRICS, RARE_TAG, runColumns, type Size } from './shape.ts'

const TABLES = ['runs', 'run_params', 'run_tags', 'run_data', 'metric_summaries']

/** Projects of runs as a year of work leaves them, written straight into the tables, vacuumed and analysed. */
export async function loadProjects(url: string, projects: { name: string; size: Size }[]): Promise<void> {
  await loadInBulk(url, TABLES, async (client) => {
    await withClient(url, async (other) => {
      await other.query(IN_BULK)
      for (const { name, size } of projects) await loadProject([client, other], name, size)
    })
  })
}

/** The rows belong together by the way they are made: looking up each of them again would take minutes. */
const IN_BULK = `set session_replication_role = replica; set work_mem = '64MB'`

/** Writes with the tables' indexes made afterwards. */
export async function loadInBulk(
  url: string,
  tables: string[],
  write: (client: pg.Client) => Promise<void>,
): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`${IN_BULK}; set maintenance_work_mem = '512MB'`)
    const indexes = await dropIndexes(client, tables)
    await write(client)
    for (const statement of indexes) await client.query(statement)
    for (const table of [...tables, 'metrics', 'projects', 'param_names'])
      await client.query(`vacuum (analyze) ${table}`)
  })
}

/** Others' keys lead to these: they stay as they are. */
const REFERRED_TO = ['runs', 'notes']

/** @returns what makes them again: one sorted build takes far less than a million insertions each */
async function dropIndexes(client: pg.Client, tables: string[]): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `select 'drop index ' || indexrelid::regclass as drop, pg_get_indexdef(indexrelid) as make
     from pg_index where (indrelid = any($1::regclass[])
         or indrelid in (select inhrelid from pg_inherits where inhparent = any($1::regclass[])))
       and not exists (select from pg_constraint where conindid = indexrelid)
     union all
     select format('alter table %s drop constraint %I', conrelid::regclass, conname),
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
     from pg_constraint held where contype in ('p', 'u') and conrelid = any($1::regclass[])
       and conrelid <> all($2::regclass[])`,
    [tables, REFERRED_TO],
  )
  for (const { drop } of rows) await client.query(drop)
  return rows.map(({ make }) => make)
}

/** Params are as many as all else together: each of two clients writes a half. */
async function loadProject([client, other]: [pg.Client, pg.Client], name: string, size: Size): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    `insert into projects (name, next_run_number, created_at) values ($1, $2, now()) returning id`,
    [name, size.runs + 1],
  )
  const project = rows[0]?.id as number
  await client.query(
    `insert into metrics (project_id, name, direction, direction_source, aggregate, created_at)
     select $1, name, direction, 'declared', aggregate, now() from json_to_recordset($2) as metric(name text, direction text, aggregate text)`,
    [project, JSON.stringify(METRICS)],
  )
  await client.query(`create unlogged table loaded as select *, ${ID} as id from (
    select ${runColumns(size)} from generate_series(1::bigint, ${size.runs}) n) run`)
  const write = async (by: pg.Client, statements: string[]) => {
    for (const statement of statements) await by.query(statement.replaceAll(':project', String(project)))
  }
  await Promise.all([write(client, STATEMENTS), write(other, PARAM_STATEMENTS)])
  await client.query('drop table loaded')
}

/** Version 7: the time, then what makes it unique and keeps the order. */
const ID = `(lpad(to_hex(started_ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid`

const STATEMENTS = [
  `insert into runs (project_id, id, number, name, owner, status, seed, sweep, fingerprint, seed_group, code_repo,
      code_commit, code_branch, code_dirty, env, command, heartbeat_s, started_at, ended_at, last_write_at, created_at)
    select :project, id, n, name, owner, status, (n % 5)::text, case when n % 3 = 0 then 'sweep-' || n / 150 end,
      md5(n::text), md5('group' || n / 5), 'https://git.example/team/vision',
      md5((n / 20)::text) || left(md5('c' || n / 20), 8), 'main', other < 0.2,
      '{"python":"3.12.7","gpu":"H100","gpu_count":1,"host":"node-3"}', 'python train.py --config base.yaml',
      case status when 'running' then 86400 else 60 end,
      started, case when status <> 'running' then started + more * interval '20 minutes' end,
      started + more * interval '20 minutes', started
    from loaded, lateral (select to_timestamp(started_ms / 1000.0) as started) time order by n`,
  `insert into run_tags (project_id, run_id, key, value)
    select :project, id, key, value from loaded, lateral (values ('stage', stage), ('${RARE_TAG}', '')) as tag(key, value)
    where key = 'stage' or n % 1000 = 3 order by n, key`,
  `insert into run_data (project_id, run_id, name, version, path)
    select :project, id, 'train.csv', 'md5:' || md5((n / 1000)::text), 'data/train.csv' from loaded order by n`,
  `insert into metric_summaries (project_id, run_id, metric_id, points, nans, infinities, last_value, last_step, last_time,
      last_stepped, min_value, min_step, max_value, max_step, max_seen_step, ranked, ended)
    select :project, loaded.id, metric.id, 100, (value is null)::int * 100, 0, coalesce(last, value, 'NaN'), 99,
      started_ms + 99000, true, value - case direction when 'max' then 0.1 else 0 end, 98 - n % 40,
      value + case direction when 'min' then 0.1 else 0 end, 98 - n % 40, 99, status = 'finished', status <> 'running'
    from loaded, lateral (values ('accuracy', accuracy, null), ('val_loss', val_loss, null),
      ('train_accuracy', train_accuracy, null), ('f1', f1, f1), ('latency_ms', latency_ms, latency_ms)) as told(metric_name, value, last)
    join metrics metric on metric.project_id = :project and metric.name = told.metric_name order by n, metric.id`,
]

const PARAM_STATEMENTS = [
  `insert into run_params (project_id, run_id, name, value, number)
    select :project, id, param_name, coalesce(to_jsonb(number), to_jsonb(word)), number
    from loaded, lateral (values
      ('batch_size', (array[16, 32, 64, 128, 256])[1 + floor(5 * other)::int]::float8, null),
      ('dropout', round((more / 2)::numeric, 2)::float8, null), ('epochs', 10 + n % 90, null),
      ('hidden', (array[128, 256, 512, 1024])[1 + n % 4]::float8, null), ('layers', 2 + n % 11, null),
      ('lr', lr, null), ('model', null, (array['resnet50', 'vit-b16', 'convnext', 'mlp'])[1 + floor(4 * more)::int]),
      ('optimizer', null, (array['adamw', 'sgd', 'lion'])[1 + n % 3]), ('warmup_steps', 100 * (n % 7), null),
      ('weight_decay', other / 100, null)) as param(param_name, number, word) order by n, param_name`,
  `insert into param_names select distinct project_id, name from run_params where project_id = :project`,
]
