import type { Message } from '../messages/model.ts'
import type { CliCommand } from './command.ts'
import { renderText } from './render-message.ts'
import { callServer } from './server.ts'

export const ask: CliCommand = {
  run: async ({ args, config, out, error }) => {
    const line = args.join(' ').trim()
    const answer = await callServer(config(), 'POST', '/api/v1/ask', { q: line === '' ? 'help' : line })
    const body = (await answer.json()) as { message?: Message; detail?: string; suggestions?: string[] }
    if (answer.ok && body.message !== undefined) {
      out(renderText(body.message))
      return 0
    }
    error(body.detail ?? `The server answered ${answer.status}.`)
    return 1
  },
}
