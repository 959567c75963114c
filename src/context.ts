import type { Kysely } from 'kysely'
import type { Clock } from './clock.ts'
import type { Database } from './db/tables.ts'
import type { Logger } from './logger.ts'

/** What a domain verb may use. It stays this small: a need of a single verb is an argument. */
export interface Ctx {
  db: Kysely<Database>
  clock: Clock
  log: Logger
  /** Where links in messages lead, without a trailing slash: `http://127.0.0.1:3000`. */
  publicUrl: string
  /** Which reactions are labels: reaction (short name or emoji) to label. */
  reactions: ReadonlyMap<string, string>
  /** Code hosts whose names do not tell what they are: host name to kind. */
  codeHosts: ReadonlyMap<string, CodeHost>
  /** Removes secrets from a value before it is stored. */
  mask<T>(value: T): T
  /** Names a point between two effects, so that a test can end the process exactly there. Does nothing otherwise. */
  checkpoint(name: Checkpoint): void
}

/** The code hosts that have pages for commits. */
export const CODE_HOSTS = ['github', 'gitlab', 'bitbucket', 'bitbucket-server', 'gitea'] as const
export type CodeHost = (typeof CODE_HOSTS)[number]

/** The points, mostly between a POST's commit and the chat API's answer, at which a crash must cost nothing. */
export type Checkpoint =
  | 'ingest.committed'
  | 'relay.leased'
  | 'relay.handed-over'
  | 'handler.begun'
  | 'handler.committed'
  | 'drain.begun'
  | 'delivery.marked-sending'
  | 'delivery.answered'
  | 'delivery.marked-sent'
  | 'edit.answered'
  | 'slot.claimed'
  | 'fold.folded'
  | 'fold.committed'
  | 'compaction.merged'
  | 'compaction.piece-done'
  | 'prune.piece-done'
