import { FIRST_WORDS, type Run, runAt, SECOND_WORDS, type Size } from './shape.ts'
import { type Note, noteAt } from './notes.ts'

export interface Team {
  notes: Note[]
  /** With the newest last. */
  runs: { project: Note['project']; run: Run; newest: boolean }[]
}

export interface Search {
  words: string[]
  project?: Note['project']
  limit: number
}

export interface Answer {
  learnings: number[]
  notes: number[]
  runs: string[]
}

/** Of the notes that fit so many are put in order. */
const RANKED = 500
/** Params are looked for in so many newest runs of a project. */
const LOOKED_AT = 100
/** All runs have these params. */
const PARAMS = [['batch', 'size'], ['dropout'], ['epochs'], ['optimizer'], ['weight', 'decay']]

/** Everything that the generators make, without a database. */
export function makeTeam(count: number, sizes: Record<Note['project'], Size>): Team {
  const counts = { vision: sizes.vision.runs, speech: sizes.speech.runs }
  const runs = (['vision', 'speech'] as const).flatMap((project) =>
    Array.from({ length: counts[project] }, (_, at) => {
      const run = runAt(at + 1, sizes[project])
      return { project, run, newest: run.n > counts[project] - LOOKED_AT }
    }),
  )
  return {
    notes: Array.from({ length: count }, (_, at) => noteAt(at + 1, { count, runs: counts })),
    // The order of their ids: the time, then the bits of the number that stand next, then all of it.
    runs: runs.toSorted(
      ({ run: a }, { run: b }) => a.startedAt - b.startedAt || (a.n % 4_096) - (b.n % 4_096) || a.n - b.n,
    ),
  }
}

/** What `tried` must answer: each word in one note, in a run's name, in one of its tags or in a param of a new one. */
export function findTried(team: Team, { words, project, limit }: Search): Answer {
  const fit = team.notes.filter((note) => isIn(project, note) && holds(note.words, words))
  const best = (kind: Note['kind']) =>
    fit
      .filter((note) => note.kind === kind)
      .slice(-RANKED)
      .toSorted((a, b) => times(b, words) - times(a, words) || b.id - a.id)
      .slice(0, limit)
      .map(({ id }) => id)
  const runs = team.runs.filter((one) => isIn(project, one) && saidOf(one).some((said) => holds(said, words)))
  return {
    learnings: best('learning'),
    notes: best('note'),
    runs: runs
      .slice(-limit)
      .toReversed()
      .map(({ project: name, run }) => `${name}#${run.n}`),
  }
}

/** What a list of notes that hold the words must show: the newest. */
export function findNotes(team: Team, { words, project, limit }: Search): number[] {
  const fit = team.notes.filter((note) => isIn(project, note) && holds(note.words, words))
  return fit
    .slice(-limit)
    .toReversed()
    .map(({ id }) => id)
}

function isIn(project: string | undefined, one: { project: string }): boolean {
  return project === undefined || one.project === project
}

function holds(said: string[], words: string[]): boolean {
  return words.every((word) => said.includes(word))
}

/** Words that are looked for together are said together: the first one counts for all. */
function times(note: Note, [first]: string[]): number {
  return note.words.filter((word) => word === first).length
}

function saidOf({ run, newest }: Team['runs'][number]): string[][] {
  const name = [FIRST_WORDS[run.n % 10] as string, SECOND_WORDS[Math.floor(run.n / 10) % 10] as string]
  const rare = run.n % 1_000 === 3 ? [['paper']] : []
  return [name, ['stage', run.stage], ...rare, ...(newest ? PARAMS : [])]
}
