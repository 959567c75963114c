import { deepEqual } from 'node:assert/strict'
import type { startFakeDiscord } from '../../../test/support/fake-discord/start.ts'
import { FIRST_WORDS, runsOfTeam, TEAM_NAMES } from '../../../test/support/many-runs/shape.ts'

type Discord = Awaited<ReturnType<typeof startFakeDiscord>>

const MAX_CHOICES = 25

export interface Typing {
  name: string
  /** What stands in the option so far, and what must be offered. */
  command: string
  option: string
  typed: string
  offered(runs: number): string[]
  /** The same of the other projects, which come in the order in which their runs started. */
  elsewhere?(runs: number): string[]
}

const ref = (n: number) => `vision#${n}`

export const TYPINGS: Typing[] = [
  {
    name: 'a metric',
    command: 'exp best',
    option: 'metric',
    typed: 'acc',
    offered: () => ['accuracy', 'train_accuracy'],
  },
  { name: 'a project', command: 'exp best', option: 'project', typed: 'vis', offered: () => ['vision'] },
  {
    name: 'a run by its number',
    command: 'exp show',
    option: 'run',
    typed: 'vision#14',
    offered: (runs) => [
      ref(14),
      ...numbersFrom(14, runs)
        .slice(0, MAX_CHOICES - 1)
        .map(ref),
    ],
  },
  {
    name: 'a run by a word of its name',
    command: 'exp show',
    option: 'run',
    typed: 'brisk-her',
    offered: (runs) =>
      named(runs, (n) => n % 100 === 11)
        .slice(0, MAX_CHOICES)
        .map(ref),
  },
  {
    name: 'an old run by its name',
    command: 'exp show',
    option: 'run',
    typed: `${FIRST_WORDS[0]}-otter-5000`,
    offered: (runs) => named(runs, isOld).map(ref),
    elsewhere: (runs) =>
      TEAM_NAMES.flatMap((team) => named(runsOfTeam(runs), isOld).map((n) => `${team}#${n}`)),
  },
]

function isOld(n: number): boolean {
  return n % 100 === 0 && String(n).startsWith('5000')
}

/** Through the whole bot: the time from the platform's event to the list it is given. */
export async function type(
  discord: Discord,
  place: { channel: string; user: string },
  typing: Typing,
  runs: number,
) {
  const { command, option, typed, offered, elsewhere } = typing
  const begun = performance.now()
  const choices = await discord.autocomplete({
    ...place,
    command,
    options: { [option]: typed },
    focused: option,
  })
  const took = performance.now() - begun
  const values = choices.map(({ value }) => value)
  const isElsewhere = (value: string) => TEAM_NAMES.some((team) => value.startsWith(`${team}#`))
  const question = `${command} ${option}: ${typed}`
  deepEqual(
    values.filter((value) => !isElsewhere(value)),
    offered(runs),
    question,
  )
  deepEqual(
    values.filter(isElsewhere).toSorted((one, other) => one.localeCompare(other)),
    elsewhere?.(runs) ?? [],
    question,
  )
  return took
}

/** Numbers that begin with these digits, the largest first. */
function numbersFrom(digits: number, runs: number): number[] {
  return named(runs, (n) => n !== digits && String(n).startsWith(String(digits)))
}

function named(runs: number, is: (n: number) => boolean): number[] {
  const found: number[] = []
  for (let n = runs; n > 0 && found.length < MAX_CHOICES; n--) if (is(n)) found.push(n)
  return found
}
