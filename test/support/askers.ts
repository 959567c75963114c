import type { Asker } from '../../src/bots/commands/command.ts'
import type { Button, Message } from '../../src/messages/model.ts'

/** Somebody in a Slack channel whom the bot may answer there, unless told otherwise. */
export function asker(overrides: Partial<Asker> = {}): Asker {
  return {
    platform: 'slack',
    workspace: 'T1',
    userId: 'U1',
    name: 'ana',
    channel: 'C1',
    membership: async () => ({ canPost: true }),
    ...overrides,
  }
}

export function buttonsOf({ blocks }: Message): Button[] {
  return blocks.flatMap((block) => (block.type === 'buttons' ? block.buttons : []))
}

/** All the words of a message, for "does it say". */
export function wordsOf(message: Message): string {
  const words: string[] = []
  JSON.stringify(message.blocks, (key, value: unknown) => {
    if (typeof value === 'string' && !['type', 'url', 'style', 'align', 'id', 'do'].includes(key))
      words.push(value)
    return value
  })
  return words.join(' ')
}
