import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProjects } from '../../support/many-runs/load.ts'
import { loadNotes } from '../../support/many-runs/load-notes.ts'
import { findNotes, findTried, makeTeam, type Search, type Team } from '../../support/many-runs/note-truth.ts'
import type { Ctx } from '../../../src/context.ts'
import { pageNotes } from '../../../src/domain/search/page-notes.ts'
import { findProject } from '../../../src/domain/projects/resolve-project.ts'
import { tried } from '../../../src/domain/search/tried.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { rowsRead } from '../../support/rows-read.ts'

const NOW = new Date('2026-11-24T10:00:00.000Z')
const NOTES = 100_000
const SIZES = {
  vision: { runs: 20_000, end: NOW.getTime() },
  speech: { runs: 1_000, end: NOW.getTime() },
}

let test: TestContext
let team: Team

beforeAll(async () => {
  test = await createTestContext(NOW)
  await loadProjects(test.url, [
    { name: 'speech', size: SIZES.speech },
    { name: 'vision', size: SIZES.vision },
  ])
  await loadNotes(test.url, NOTES, NOW.getTime())
  team = makeTeam(NOTES, SIZES)
})
afterAll(() => test.close())

type Asked = Pick<Search, 'words' | 'project'>

async function idOf(ctx: Ctx, project: string | undefined): Promise<number | undefined> {
  return project === undefined ? undefined : (await findProject(ctx, project)).id
}

async function search(ctx: Ctx, { words, project }: Asked, limit = 5) {
  const found = await tried(ctx, { words: words.join(' '), projectId: await idOf(ctx, project), limit })
  return {
    learnings: found?.learnings.map(({ id }) => id),
    notes: found?.notes.map(({ id }) => id),
    runs: found?.runs.map(({ ref }) => ref),
  }
}

async function list(ctx: Ctx, { words, project }: Asked, limit = 50) {
  const projectId = await idOf(ctx, project)
  return (await pageNotes(ctx, { q: words.join(' '), projectId, limit })).items.map(({ id }) => id)
}

const LOOKED_FOR: Asked[] = [
  { words: ['lookahead'] },
  { words: ['lookahead'], project: 'vision' },
  { words: ['dropout'] },
  { words: ['dropout'], project: 'speech' },
  { words: ['loss'] },
  { words: ['label', 'smoothing'] },
  { words: ['label', 'smoothing'], project: 'speech' },
  { words: ['jitter'], project: 'vision' },
  { words: ['perceptron'] },
  { words: ['perceptron'], project: 'speech' },
  { words: ['amber', 'otter'] },
  { words: ['otter'], project: 'vision' },
  { words: ['ablation'] },
  { words: ['stage', 'final'], project: 'speech' },
  { words: ['paper'] },
  { words: ['zebra'] },
]

describe('words among 100,000 notes and 21,000 runs find what looking at all of them finds', () => {
  it.each(LOOKED_FOR)('tried $words in $project', async (asked) => {
    for (const limit of [5, 20])
      expect(await search(test.ctx, asked, limit)).toEqual(findTried(team, { ...asked, limit }))
  })

  it.each(LOOKED_FOR)('notes with $words in $project', async (asked) => {
    expect(await list(test.ctx, asked)).toEqual(findNotes(team, { ...asked, limit: 50 }))
  })

  it('pages of notes go on where the last one ended', async () => {
    const all = findNotes(team, { words: ['label', 'smoothing'], limit: 900 })
    const ids: number[] = []
    let before: number | undefined
    do {
      const { items, next } = await pageNotes(test.ctx, { q: 'label smoothing', limit: 90, before })
      ids.push(...items.map(({ id }) => id))
      before = next ?? undefined
    } while (ids.length < all.length)
    expect(ids).toEqual(all)
  })

  it('what no note and no run holds together is found apart', async () => {
    const found = await tried(test.ctx, { words: 'lookahead zebra', projectId: undefined, limit: 5 })
    expect(found?.loose).toBe(true)
    expect(found?.learnings.map(({ id }) => id)).toEqual(
      findTried(team, { words: ['lookahead'], limit: 5 }).learnings,
    )
  })
})

// The newest five thousand at most are looked at before the words' index is asked. There are a hundred thousand; the
// bounds leave room for what a plan makes of its statistics, which are a sample.
describe('a search looks at some of the notes, however many there are', () => {
  it.each<[string, (ctx: Ctx) => Promise<unknown>, number]>([
    ['tried a word that few notes hold', (ctx) => search(ctx, { words: ['lookahead'] }), 1_000],
    ['the same in a project', (ctx) => search(ctx, { words: ['lookahead'], project: 'vision' }), 1_000],
    ['tried a word that many notes hold', (ctx) => search(ctx, { words: ['dropout'] }), 30_000],
    ['tried a word that nothing holds', (ctx) => search(ctx, { words: ['zebra'] }), 1_000],
    // The words' index lists a tenth of the notes.
    ['tried a word of old notes', (ctx) => search(ctx, { words: ['perceptron'] }), 30_000],
    ['notes with a word that few hold', (ctx) => list(ctx, { words: ['lookahead'] }), 10_000],
    ['notes with a word that many hold', (ctx) => list(ctx, { words: ['dropout'] }), 5_000],
    ['notes with a word that nothing holds', (ctx) => list(ctx, { words: ['zebra'] }), 10_000],
    ['notes with a word of old notes', (ctx) => list(ctx, { words: ['perceptron'] }), 30_000],
  ])('%s', async (_name, work, most) => {
    const { notes = 0, note_runs = 0 } = await rowsRead(test, work)
    expect(notes + note_runs).toBeLessThan(most)
  })

  it.each<[string, string, number]>([
    ['a word that no run has', 'zebra', 10],
    ['a tag that few runs have', 'paper', 200],
    // Looked for in the newest hundred runs of each project.
    ['a param that all runs have', 'dropout', 1_000],
    ['words of few names', 'amber otter', 1_000],
  ])('runs are found by %s', async (_name, words, most) => {
    const {
      runs = 0,
      run_tags = 0,
      run_params = 0,
    } = await rowsRead(test, (ctx) => tried(ctx, { words, projectId: undefined, limit: 5 }))
    expect(runs + run_tags + run_params).toBeLessThan(most)
  })
})

it('the newest learnings of all projects are found where few notes are learnings', async () => {
  await sql`update notes set kind = 'note' where kind = 'learning' and id > 1000`.execute(test.db)
  await sql`analyze notes`.execute(test.db)
  const newest = () => pageNotes(test.ctx, { kind: 'learning', limit: 50 })
  expect((await newest()).items[0]?.id).toBe(997)
  const { notes = 0 } = await rowsRead(test, (ctx) => pageNotes(ctx, { kind: 'learning', limit: 50 }))
  expect(notes).toBeLessThan(400)
  const searched = await rowsRead(test, (ctx) => search(ctx, { words: ['lookahead'] }))
  expect(searched['notes']).toBeLessThan(200)
})
