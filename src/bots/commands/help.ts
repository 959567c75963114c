import { bold, header, message, paragraph, text } from '../../messages/build.ts'
import type { Block } from '../../messages/model.ts'
import { nearest } from '../../domain/text/suggest.ts'
import { notFound } from '../../errors.ts'
import type { Command } from './command.ts'
import { matchCommand } from './match-command.ts'

/** @param list what there is to be helped with; help itself is one of it */
export function helpCommand(list: () => Command[]): Command {
  return {
    name: 'help',
    summary: 'What can be asked, with an example of each',
    usage: 'help [<command>]',
    example: 'help best',
    changes: false,
    options: [{ name: 'command', description: 'One command in full', kind: 'text', as: 'raw' }],
    run: async (_ctx, { rest }) => {
      const wanted = rest.trim().replace(/^\/exp\s+/, '')
      const command = wanted === '' ? undefined : matchCommand(wanted, list())?.command
      if (wanted !== '' && command === undefined) {
        const suggestions = nearest(
          wanted,
          list().map(({ name }) => name),
        )
        throw notFound(`There is no command called ${wanted}.`, { field: 'q', token: wanted, suggestions })
      }
      const listed = command === undefined ? list() : [command]
      const data = listed.map(({ name, summary, usage, example }) => ({ name, summary, usage, example }))
      const blocks = command === undefined ? overview(listed) : details(command)
      return {
        message: message(
          'help',
          command === undefined ? 'What you can ask' : `/exp ${command.usage}`,
          blocks,
        ),
        data: { commands: data },
      }
    },
  }
}

function overview(commands: Command[]): Block[] {
  return [
    header('What you can ask'),
    ...commands.map(({ summary, example }) => paragraph(text(`/exp ${example}`, 'code'), `\n${summary}`)),
  ]
}

function details({ usage, example, summary }: Command): Block[] {
  return [
    paragraph(bold(summary)),
    paragraph(text(`/exp ${usage}`, 'code')),
    paragraph('For example ', text(`/exp ${example}`, 'code')),
  ]
}
