import type { Asker } from '../bots/commands/command.ts'
import { hasScope, type Principal } from '../domain/access/principal.ts'

/** A token's person as one who asks on the console, where everybody may post; what the token may not, they may not. */
export function consoleAsker(principal: Principal, channel = 'console'): Asker {
  const { person, projectId } = principal
  return {
    platform: 'console',
    workspace: '',
    userId: person,
    name: person,
    channel,
    ...(projectId === undefined ? {} : { projectId }),
    ...(hasScope(principal, 'admin') ? { admin: true as const } : {}),
    ...(hasScope(principal, 'ingest') ? {} : { readOnly: true as const }),
    membership: async () => ({ canPost: true }),
  }
}
