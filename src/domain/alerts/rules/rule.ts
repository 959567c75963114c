import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, EpisodeState } from '../../../db/tables.ts'
import type { Events, Topic } from '../../../events.ts'
import type { Message } from '../../../messages/model.ts'
import type { Episode } from './episodes.ts'

/** The topics that a rule may name: those whose events belong to a project. */
export type AlertTopic = { [T in Topic]: Events[T] extends { projectId: number } ? T : never }[Topic]
export type AlertEvent = { [T in AlertTopic]: { topic: T; payload: Events[T] } }[AlertTopic]

export interface RuleWords {
  /** The events that a channel gets messages about: 'new bests'; rules with the same `of` are listed together. */
  events: string[]
  /** 'runs' for 'failed and lost runs'. */
  of?: string
  /** The rule's name in the help of `watch`: 'new bests', 'failures'. */
  help: string
}

/**
 * An alert rule: finds in an event what to post, and renders the message. `planAlerts` does the rest for all rules: it
 * reads which channels watch the rule, groups findings into messages, plans edits, and posts no message twice.
 * M: what an episode stores of its findings (JSON). D: the data of a finding, for rendering.
 */
export interface AlertRule<M = unknown, D = unknown> {
  /** One word, with which channels watch and mute the rule, stored in deliveries and episodes. */
  name: string
  words: RuleWords
  /** Whether `watch <project>` without events includes it. */
  byDefault: boolean
  topics: readonly AlertTopic[]
  /** The findings in an event of one of the topics. Reads only. */
  decide(trx: Transaction<Database>, ctx: Ctx, event: AlertEvent): Promise<Finding<M, D>[]> | Finding<M, D>[]
  /** The message of a delivery. Called once for all channels whose messages are equal. */
  render(trx: Transaction<Database>, ctx: Ctx, input: RenderInput<M, D>): Promise<Message> | Message
  /** Changes the stored message, for rules whose messages keep their first text. Without it, `render` runs again. */
  amend?(ctx: Ctx, before: Message, input: RenderInput<M, D>): Message
  /** How findings share messages. Without it, each firing gets its own message. */
  grouping?: Grouping<M, D>
  /** Whether the rule's findings resolve. A firing after a resolution opens a new episode with its own message. */
  resolves?: boolean
}

export type Finding<M, D> = Firing<M, D> | Resolution<D> | Revision<D>

/** A finding to post in the channels that watch the rule. A channel gets the same subject and state only once. */
export interface Firing<M, D> {
  kind: 'fires'
  project: { id: number; name: string }
  /** The delivery's subject: 'run:<id>'. */
  subject: string
  state: string
  /** One part for each key. Without parts, no later finding can join the message. */
  parts: Part<M>[]
  /** The owner to mention, in the first channel where they have an account only. */
  owner?: string | null
  data: D
}

/** The firing episodes of a key end, and their messages are edited to say so. */
export interface Resolution<D> {
  kind: 'resolves'
  projectId: number
  key: string
  data: D
}

/** Messages of this rule to render again. Those that render the same are not edited. */
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
  /** Data of the finding that caused this rendering. It may also be one that resolves or overtakes the message's. */
  data: D
  /** The owner's account in the channel's workspace, to be mentioned. */
  account?: string
}

export interface Grouping<M, D> {
  /** False for episodes that are resolved from the start; others fire until they resolve or are overtaken. */
  lasts: boolean
  /**
   * Chooses, among the newest episodes of each part's key in a channel, the one that a firing joins and the ones that
   * it overtakes.
   * @param newest for each part its episodes, newest first, without those whose message failed to be posted
   */
  find(
    trx: Transaction<Database>,
    finding: Firing<M, D>,
    newest: Episode<M>[][],
    now: Date,
  ): Promise<Found<M>> | Found<M>
  /** The episode's members with those of the finding; undefined when it has them already. */
  merge(open: Episode<M>, finding: Firing<M, D>, part: Part<M>): M | undefined
  /** Until when further findings may join the message that the finding has opened or joined. */
  openUntil(finding: Firing<M, D>, now: Date, joined?: Episode<M>): Date
  /** When the edit of a joined message is due. */
  editAt(open: Episode<M>, now: Date): Date
  /** The new members of an episode that a part of another message overtakes; undefined when one did before. */
  overtake?(trx: Transaction<Database>, former: Episode<M>, part: Part<M>): Promise<M | undefined>
}

export interface Found<M> {
  open: Episode<M> | undefined
  /** For each part, the episode that it overtakes. */
  former: (Episode<M> | undefined)[]
}
