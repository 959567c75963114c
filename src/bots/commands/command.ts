import type { Ctx } from '../../context.ts'
import type { Platform } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'

/** Who typed a command, where, and what of it may be seen. The platform adapters fill it in. */
export interface Asker {
  platform: Platform
  /** Slack's team id, Discord's guild id, '' on the console. */
  workspace: string
  /** The platform's user id; on the console the token's person. */
  userId: string
  /** A readable name for notes and the audit table. */
  name: string
  /** The channel's id on the platform ('console' on the console). */
  channel: string
  channelName?: string
  /** The only project that the asker's token may see; undefined: all of them. */
  projectId?: number
  /** A token without the right to change anything: no command and no button of its does. */
  readOnly?: true
  /** The platform's ids of the asker's roles, where it sends them (Discord). */
  roles?: string[]
  /** Whether the asker is in a role whose members the platform gives only on request (Slack's user groups). */
  inRole?: (role: string) => Promise<boolean>
  /** A token with the scope admin. */
  admin?: true
  /** Whether the bot can post in this channel (asked of the platform when it matters: watch, schedule). */
  membership(): Promise<{ canPost: true } | { canPost: false; reason: string; fix: string }>
}

export interface CommandInput {
  asker: Asker
  /** What follows the command's own words, untouched. */
  rest: string
}

/** What a command answers: the message for a person and the same facts for a script. */
export interface Answer {
  message: Message
  /** JSON; the shapes that scripts rely on are in docs/http-api.md. */
  data: unknown
}

export interface Command {
  /** One word, or group and word: 'best', 'report preview'. */
  name: string
  /** Its word in Slack and the console for what there is ('watching' of watch), the same as the command alone. */
  listedBy?: string
  /** Another word for it in Slack and the console ('unstar' of star), as if `adds` ended the line. */
  also?: { word: string; adds: string }
  /** One line for help, the Slack manifest and Discord (at most 100 characters). */
  summary: string
  /** What may follow: 'best <metric> [in <project>] [where ...] [top n]'. */
  usage: string
  /** A whole line that works as it stands, without /exp. */
  example: string
  /** On Discord it lives under /exp-setup. */
  setup?: true
  /** Changes something: refused over GET, unless it only lists. */
  changes: boolean
  /** Its words name accounts and roles: they arrive with their ids, as `<@U1|ana>` and `<@&S1|ml-leads>`. */
  accounts?: true
  /** Discord's typed options, in order; elsewhere people type the words. */
  options: CommandOption[]
  run(ctx: Ctx, input: CommandInput): Promise<Answer>
}

export interface CommandOption {
  name: string
  description: string
  /** text, integer and choice are not autocompleted; of a filter the last word is. */
  kind: 'metric' | 'project' | 'run' | 'owner' | 'tag' | 'filter' | 'text' | 'integer' | 'choice'
  required?: true
  choices?: string[]
  /**
   * How the option's value is put into the typed line: as a word (quoted when it needs it), as one run or several,
   * as raw text, or behind a keyword.
   */
  as: 'word' | 'runs' | 'raw' | { keyword: string } | { prefix: string }
}
