import { deepEqual } from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { createClient } from '../../harness/load.ts'
import { findAnswers, type Wanted } from '../../../test/support/many-runs/truth.ts'
import type { Size } from '../../../test/support/many-runs/shape.ts'

type Client = ReturnType<typeof createClient>

/** One way to put a question, and how to read the numbers of the runs in its answer. */
export interface Form {
  path: string
  wanted: Wanted
  read(answer: unknown): number[]
}

/** A question in several forms that are put in turn: what they ask differs, the figure is of all of them. */
export interface Question {
  name: string
  forms: Form[]
  goals: {
    /** Milliseconds at 1,000,000 runs. */
    under?: number
    /** How many times as long as at 10,000 runs. */
    times?: number
  }
  note?: string
}

export interface Installation {
  client: Client
  size: Size
}

/** A question that is ready to be put to one installation, with the right answers at hand. */
export interface Asked {
  /** @returns milliseconds @throws AssertionError for a wrong answer */
  put(count: number): Promise<number>
}

/** Looks for the right answers of all questions in one go. */
export function prepare({ client, size }: Installation, questions: Question[]): Asked[] {
  const truths = findAnswers(
    size,
    questions.flatMap(({ forms }) => forms.map(({ wanted }) => wanted)),
  )
  return questions.map(({ forms }) => {
    const answers = truths.splice(0, forms.length)
    return {
      put: async (count) => {
        const at = count % forms.length
        const { path, read } = forms[at] as Form
        const before = answers[at]?.(Date.now())
        const asked = performance.now()
        const text = await client.call({ method: 'GET', path: `/api/v1${path}` })
        const took = performance.now() - asked
        const numbers = read(JSON.parse(text))
        // A window of days moves on while it is asked about, and a run may have left it meanwhile.
        if (!isDeepStrictEqual(numbers, before)) deepEqual(numbers, answers[at]?.(Date.now()), path)
        return took
      },
    }
  })
}

/** The number in `vision#142`. */
export function numberOf(ref: string): number {
  return Number(ref.slice(ref.lastIndexOf('#') + 1))
}
