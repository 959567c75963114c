import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Command } from '../../../src/bots/commands/command.ts'
import { COMMANDS, findCommand } from '../../../src/bots/commands/index.ts'
import { matchCommand } from '../../../src/bots/commands/match-command.ts'
import { toLine } from '../../../src/bots/commands/to-line.ts'
import { discordCommands, slashCommands } from '../../../src/bots/discord/register-commands.ts'
import { asker, wordsOf } from '../../support/askers.ts'

const extra: Command = {
  name: 'weather',
  summary: 'What the weather is like',
  usage: 'weather <place>',
  example: 'weather Lisbon',
  changes: false,
  options: [{ name: 'place', description: 'Where', kind: 'text', required: true, as: 'word' }],
  run: () => Promise.reject(new Error('not run here')),
}

afterEach(() => {
  if (COMMANDS.includes(extra)) COMMANDS.splice(COMMANDS.indexOf(extra), 1)
})

/** A command's row in docs/commands.md. */
function docsRow({ usage, summary, example, setup }: Command): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  return `| \`${cell(usage)}\` | ${cell(summary)} | \`${cell(example)}\` | ${setup === true ? '`/exp-setup`' : '`/exp`'} |`
}

function docsRows(commands: Command[]): string[] {
  return commands.map(docsRow)
}

describe('the command list', () => {
  it('is the table of docs/commands.md', async () => {
    const docs = await readFile(new URL('../../../docs/commands.md', import.meta.url), 'utf8')
    const rows = docs.split('\n').filter((line) => /\| `\/exp(-setup)?` \|$/.test(line))
    expect(rows).toEqual(docsRows(COMMANDS))
  })

  it('is all it takes to add a command: help, Discord and the docs follow', async () => {
    COMMANDS.push(extra)
    expect(findCommand('weather Lisbon')).toBe(extra)
    const answer = await findCommand('help')?.run({} as never, { asker: asker(), rest: '' })
    expect(answer === undefined ? '' : wordsOf(answer.message)).toContain('/exp weather Lisbon')
    expect(JSON.stringify(discordCommands())).toContain('"weather"')
    expect(docsRows(COMMANDS)).toContain(
      '| `weather <place>` | What the weather is like | `weather Lisbon` | `/exp` |',
    )
  })

  it('keeps the limits of Discord', () => {
    for (const { name, description, options = [] } of slashCommands()) {
      expect([name, options.length <= 25, description.length <= 100]).toEqual([name, true, true])
    }
    for (const command of COMMANDS) {
      const texts = [command.summary, ...command.options.map(({ description }) => description)]
      expect([command.name, texts.every((text) => text.length > 0 && text.length <= 100)]).toEqual([
        command.name,
        true,
      ])
      const required = command.options.map(({ required }) => required === true)
      expect(required).toEqual(required.toSorted((a, b) => Number(b) - Number(a)))
      for (const name of [...command.name.split(' '), ...command.options.map((one) => one.name)]) {
        expect(name).toMatch(/^[a-z-]{1,32}$/)
      }
    }
  })

  it('has examples that begin with their command', () => {
    for (const command of COMMANDS) expect(findCommand(command.example)).toBe(command)
  })

  it.each([
    ['REPORT  preview in churn', 'report preview', ' in churn'],
    ['watching', 'watch', ''],
    ['bests', undefined, undefined],
    ['report', undefined, undefined],
  ])('reads: %s', (line, name, rest) => {
    const matched = matchCommand(line, COMMANDS)
    expect([matched?.command.name, matched?.rest]).toEqual([name, rest])
  })
})

describe("a line from Discord's options", () => {
  it.each<[string, Record<string, string>, string]>([
    ['best', { metric: 'accuracy' }, 'best accuracy'],
    [
      'best',
      { since: '7d', top: '5', where: 'where lr<0.01 tag:x', project: 'churn', metric: 'val acc' },
      'best "val acc" in churn lr<0.01 tag:x top 5 since:7d',
    ],
    ['leaderboard', { metric: 'in', project: 'my project' }, 'leaderboard "in" in "my project"'],
    ['show', { run: 'churn#142' }, 'show churn#142'],
    ['compare', { a: 'churn#1', b: 'my project#2' }, 'compare churn#1 "my project#2"'],
    [
      'plot',
      { metric: 'loss', runs: 'churn#1 churn#2..4', scale: 'log', project: 'churn' },
      'plot loss churn#1 churn#2..4 log in churn',
    ],
    ['plot', { metric: 'accuracy', against: 'latency_ms' }, 'plot accuracy latency_ms'],
    ['runs', { filter: 'status:failed since:7d' }, 'runs status:failed since:7d'],
    ['goal', { metric: 'foo', direction: 'min' }, 'goal foo min'],
    ['watch', {}, 'watch'],
    ['watch', { project: 'churn', events: 'best,failed' }, 'watch churn best,failed'],
    [
      'schedule',
      { what: 'leaderboard', when: 'mon 09:00', zone: 'Europe/Berlin', project: 'churn' },
      'schedule leaderboard mon 09:00 Europe/Berlin in churn',
    ],
    ['report preview', { project: 'churn' }, 'report preview in churn'],
  ])('%s %o', (name, options, line) => {
    const command = findCommand(name)
    expect(command === undefined ? undefined : toLine(command, options)).toBe(line)
  })
})
