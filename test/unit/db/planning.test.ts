import type pg from 'pg'
import { expect, it } from 'vitest'
import { planningFor, preparingPool } from '../../../src/db/statements.ts'

it('plans once, and for each execution where Citus routes statements by their values', () => {
  expect(planningFor([])).toContain('force_generic_plan')
  expect(planningFor([{ extname: 'citus' }])).not.toContain('force_generic_plan')
})

it.each([
  [[], 'force_generic_plan'],
  [[{ extname: 'citus' }], 'auto'],
])(
  'a pool whose server has the extensions %j asks for them once and plans with %s',
  async (extensions, mode) => {
    const sent: string[] = []
    const client = {
      connection: { stream: { cork: () => {}, uncork: () => {} } },
      query: async (statement: string | { text: string }) => {
        const text = typeof statement === 'string' ? statement : statement.text
        sent.push(text)
        return { rows: text.includes('pg_extension') ? extensions : [] }
      },
      release: () => {},
    }
    const pool = preparingPool({ connect: async () => client } as unknown as pg.Pool)
    await (await pool.connect()).query(planningFor([]), [])
    await pool.connect()
    expect(sent).toHaveLength(2)
    expect(sent[1]).toContain(`'plan_cache_mode', '${mode}'`)
  },
)
