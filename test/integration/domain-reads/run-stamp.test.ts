import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { runStamp } from '../../../src/domain/runs/read/run-stamp.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const RUN = `from runs where project_id = $1 and id = $2`

it.each([
  ['a change of the run', `update runs set starred = true where project_id = $1 and id = $2`],
  [
    'a param',
    `insert into run_params (project_id, run_id, name, value) select project_id, id, 'lr', '1' ${RUN}`,
  ],
  [
    'a tag',
    `insert into run_tags (project_id, run_id, key, value) select project_id, id, 'stage', 'one' ${RUN}`,
  ],
  ['another value of a tag', `update run_tags set value = 'two' where project_id = $1 and run_id = $2`],
  [
    'log lines',
    `insert into run_logs (project_id, run_id, lines, created_at) select project_id, id, array['line'], now() ${RUN}`,
  ],
  [
    'a label',
    `insert into run_labels (project_id, run_id, label, account, present, version, at)
      select project_id, id, 'keep', 'person:ana', true, 1, now() ${RUN}`,
  ],
  [
    'a note',
    `with note as (insert into notes (project_id, author, text, created_at) select $1, 'ana', 'text', now() ${RUN} returning id)
      insert into note_runs (project_id, note_id, run_id) select $1, note.id, $2 from note`,
  ],
  [
    'an edited note',
    `update notes set text = 'new', edited_at = now() where project_id = $1 and $2::uuid is not null`,
  ],
])('the stamp of a run changes with %s', async (_what, statement) => {
  const key = await theRun()
  const before = await runStamp(test.ctx, key)
  expect(await runStamp(test.ctx, key)).toBe(before)
  const text = statement.replaceAll('$1', String(key.projectId)).replaceAll('$2', `'${key.runId}'`)
  await sql.raw(text).execute(test.db)
  expect(await runStamp(test.ctx, key)).not.toBe(before)
})

async function theRun() {
  const known = await findRun(test.ctx, 'stamped#1').catch(() => undefined)
  if (known !== undefined) return known
  const [ref = ''] = await seedRuns(test, { project: 'stamped', metrics: { accuracy: 0.5 } })
  return await findRun(test.ctx, ref)
}
