import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, EpisodeState } from '../../../db/tables.ts'
import type { Events, Topic } from '../../../events.ts'
import type { Message } from '../../../messages/model.ts'
import type { Episode } from './episodes.ts'

/** The topics whose events are about a project: the ones that a rule may name. */
export type AlertTopic = { [T in Topic]: Events[T] extends { projectId: number } ? T : never }[Topic]
export type AlertEvent = { [T in AlertTopic]: { topic: T; payload: Events[T] } }[AlertTopic]

export interface RuleWords {
  /** What a channel hears of, 'new bests'; with `of`, rules that share the noun are listed together. */
  heard: string[]
  /** 'runs' for 'failed and lost runs'. */
  of?: string
  /** What the help of `watch` calls it: 'new bests', 'failures'. */
  help: string
}

/**
 * An alert rule: decides from an event what there is to say, and words it. `planAlerts` does the rest for all rules:
 * which channels watch it, one message for findings that belong together, edits, no message twice.
 * M: what an episode remembers of the findings that joined it (JSON). D: what a finding carries for its message.
 */
export interface AlertRule<M = unknown, D = unknown> {
  /** One word: a channel watches and mutes the rule by it, deliveries and episodes are stored under it. */
  name: string
  words: RuleWords
  /** Whether `watch <project>` without events includes it. */
  byDefault: boolean
  topics: readonly AlertTopic[]
  /** What an event of one of the topics means to this rule. Reads; writes nothing. */
  decide(trx: Transaction<Database>, ctx: Ctx, event: AlertEvent): Promise<Finding<M, D>[]> | Finding<M, D>[]
  /** The message of a delivery; asked once for channels whose messages say the same. */
  render(trx: Transaction<Database>, ctx: Ctx, input: RenderInput<M, D>): Promise<Message> | Message
  /** For rules whose messages keep their first words: the stored message, changed. Without it they render anew. */
  amend?(ctx: Ctx, before: Message, input: RenderInput<M, D>): Message
  /** How findings share messages; without it each firing is a message of its own. */
  grouping?: Grouping<M, D>
  /** Whether its findings resolve. Each firing after that is a new episode with a message of its own. */
  resolves?: boolean
}

export type Finding<M, D> = Firing<M, D> | Resolution<D> | Revision<D>

/** Something to post to the channels that watch the rule. A subject and state is posted to a channel once for ever. */
export interface Firing<M, D> {
  kind: 'fires'
  project: { id: number; name: string }
  /** What about: 'run:<id>'. */
  subject: string
  state: string
  /** One for each key that it is about; none: a message that nothing joins. */
  parts: Part<M>[]
  /** The owner to mention: once, in the first channel where they have an account. */
  owner?: string | null
  data: D
}

/** What fired for a key is over: its messages say so. */
export interface Resolution<D> {
  kind: 'resolves'
  projectId: number
  key: string
  data: D
}

/** Messages of this rule that may have to read otherwise now; the ones that would read the same stay as they are. */
export interface Revision<D> {
  kind: 'revises'
  projectId: number
  deliveries: { id: number; channelId: number; message: Message }[]
  data: D
}

export interface Part<M> {
  key: string
  members: M
}

export interface RenderInput<M, D> {
  projectId: number
  parts: (Part<M> & { state: EpisodeState })[]
  /** Of the finding that led here: also of one that resolved or overtook what the message is about. */
  data: D
  /** The owner's account in the channel's workspace, to be mentioned. */
  account?: string
}

export interface Grouping<M, D> {
  /** False for findings that are over when they are posted; the others fire until they resolve or are overtaken. */
  lasts: boolean
  /**
   * Which message of a channel a firing joins, and which it overtakes, of the newest episodes of each part's key.
   * @param newest for each part, newest first; none of a message that failed to be posted
   */
  find(
    trx: Transaction<Database>,
    finding: Firing<M, D>,
    newest: Episode<M>[][],
    now: Date,
  ): Promise<Found<M>> | Found<M>
  /** A part's members with those of the finding; undefined when the message says it already. */
  merge(open: Episode<M>, finding: Firing<M, D>, part: Part<M>): M | undefined
  /** Until when others may join a message that is new, or that the finding has just joined. */
  openUntil(finding: Firing<M, D>, now: Date, joined?: Episode<M>): Date
  /** When the edit of a message that was joined is due. */
  editAt(open: Episode<M>, now: Date): Date
  /** The members of an episode that a part of another message overtakes; undefined when it is overtaken already. */
  overtake?(trx: Transaction<Database>, former: Episode<M>, part: Part<M>): Promise<M | undefined>
}

export interface Found<M> {
  open: Episode<M> | undefined
  /** For each part the episode that stood until now. */
  former: (Episode<M> | undefined)[]
}
