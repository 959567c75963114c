import type { Ctx } from '../../context.ts'
import type { Message } from '../../messages/model.ts'

export interface ReportInput {
  /** Null: one section for each project that the channel watches. */
  project: string | null
  channelId: number | null
  zone: string
  slot: Date
  /** What happened after it is new. */
  previousSlot: Date | null
  late: boolean
}

/** A message that a channel can schedule, and anybody preview. */
export interface Report {
  /** One word: what is typed, offered as a choice, and stored with a schedule. */
  name: string
  /** As sentences have it, after 'the': 'leaderboard', 'weekly digest'. */
  noun: string
  build(ctx: Pick<Ctx, 'db' | 'publicUrl'>, input: ReportInput): Promise<Message>
}
