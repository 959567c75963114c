import { deepEqual } from 'node:assert/strict'
import type { createClient } from '../../harness/load.ts'
import { OLD_WORD, RARE_WORD } from '../../../test/support/many-runs/notes.ts'
import { findNotes, findTried, type Search, type Team } from '../../../test/support/many-runs/note-truth.ts'

type Client = ReturnType<typeof createClient>

/** One question with the right answer at hand. @returns milliseconds @throws AssertionError for a wrong answer */
export type Ask = () => Promise<number>

export interface Searches {
  name: string
  asks: Ask[]
}

/** What is typed, each also within a project. */
const TRIED: { name: string; words: string[] }[] = [
  { name: 'tried a word that few notes hold', words: [RARE_WORD] },
  { name: 'tried a word that only old notes hold', words: [OLD_WORD] },
  { name: 'tried words that many notes hold', words: ['dropout', 'loss', 'label smoothing', 'batch'] },
  { name: 'tried words of many runs', words: ['otter', 'ablation', 'baseline'] },
  { name: 'tried words of few runs', words: ['paper', 'amber otter'] },
  { name: 'tried words that nothing holds together', words: ['dropout zebra', `${RARE_WORD} zebra`] },
]
const LISTED: { name: string; words: string[] }[] = [
  { name: 'notes with words that few hold', words: [RARE_WORD, OLD_WORD, 'zebra'] },
  { name: 'notes with words that many hold', words: ['dropout', 'loss', 'label smoothing', 'jitter'] },
]
const PROJECTS = [undefined, 'vision', 'speech'] as const
const SHOWN = 5
const PAGE = 50

/** All searches with their answers, which are looked for in the generator. */
export function prepareSearches(client: Client, team: Team): Searches[] {
  const inProjects = (words: string[], ask: (search: Omit<Search, 'limit'>) => Ask) =>
    words.flatMap((one) =>
      PROJECTS.map((project) =>
        ask({ words: one.split(' '), ...(project === undefined ? {} : { project }) }),
      ),
    )
  return [
    ...TRIED.map(({ name, words }) => ({
      name,
      asks: inProjects(words, (search) => askTried(client, team, search)),
    })),
    ...LISTED.map(({ name, words }) => ({
      name,
      asks: inProjects(words, (search) => askNotes(client, team, search)),
    })),
  ]
}

interface Found {
  data: { learnings: { id: number }[]; notes: { id: number }[]; runs: { ref: string }[] }
}

/** The command as it is typed. What nothing holds together is found apart. */
function askTried(client: Client, team: Team, search: Omit<Search, 'limit'>): Ask {
  const { words, project } = search
  const known = words.filter((word) => word !== 'zebra')
  const wanted = findTried(team, { ...search, words: known, limit: SHOWN })
  const line = `tried ${words.join(' ')}${project === undefined ? '' : ` in ${project}`}`
  const path = `/api/v1/ask?q=${encodeURIComponent(line)}`
  return async () => {
    const { took, answer } = await get<Found>(client, path)
    const { learnings, notes, runs } = answer.data
    const found = {
      learnings: learnings.map(({ id }) => id),
      notes: notes.map(({ id }) => id),
      runs: runs.map(({ ref }) => ref),
    }
    deepEqual(found, wanted, line)
    return took
  }
}

function askNotes(client: Client, team: Team, search: Omit<Search, 'limit'>): Ask {
  const { words, project } = search
  const wanted = findNotes(team, { ...search, limit: PAGE })
  const within = project === undefined ? '' : `&project=${project}`
  const path = `/api/v1/notes?q=${encodeURIComponent(words.join(' '))}&limit=${PAGE}${within}`
  return async () => {
    const { took, answer } = await get<{ items: { id: number }[] }>(client, path)
    deepEqual(
      answer.items.map(({ id }) => id),
      wanted,
      path,
    )
    return took
  }
}

async function get<T>(client: Client, path: string): Promise<{ took: number; answer: T }> {
  const begun = performance.now()
  const text = await client.call({ method: 'GET', path })
  return { took: performance.now() - begun, answer: JSON.parse(text) as T }
}
