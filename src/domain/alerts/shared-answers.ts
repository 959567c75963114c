import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Events } from '../../events.ts'
import { bold, context, cut, link, text } from '../../messages/build.ts'
import type { Block, Inline, Message } from '../../messages/model.ts'
import { sameMessage } from '../deliveries/same-message.ts'
import { sharedAbout } from '../deliveries/find.ts'
import { reviseDelivery } from '../deliveries/plan.ts'
import { runUrl } from '../runs/run-url.ts'
import { refOf } from '../values/ref.ts'

/** Starts the line that names the invalid runs of a shared answer. */
const FLAG = 'Invalid by now: '
const RUNS_LIMIT = 5

/**
 * Adds a line about a run that became invalid to the answers that were shared about it, and removes the line when the
 * run is valid again.
 * @returns the channels for which edits were planned
 */
export async function flagInvalidInShares(
  trx: Transaction<Database>,
  ctx: Ctx,
  { projectId, runId }: Events['run.validity'],
): Promise<number[]> {
  const now = ctx.clock.now()
  const channels: number[] = []
  for (const { id, channel_id, message: before } of await sharedAbout(trx, runId)) {
    const after = flagged(before, await invalidAmong(trx, ctx, projectId, before.about ?? []))
    if (sameMessage(before, after)) continue
    await reviseDelivery(trx, id, after, now)
    channels.push(channel_id)
  }
  return channels
}

interface Invalid {
  ref: string
  url: string
  reason: string
}

async function invalidAmong(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  ids: string[],
): Promise<Invalid[]> {
  const { rows } = await sql<{ project: string; number: number; reason: string }>`
    select project.name as project, run.number, run.invalid_reason as reason from runs run
    join projects project on project.id = run.project_id
    where run.id = any(${ids}::uuid[]) and run.invalidated_at is not null and run.project_id = ${projectId}
    order by run.number limit ${RUNS_LIMIT}`.execute(trx)
  return rows.map(({ project, number, reason }) => ({
    ref: refOf(project, number),
    url: runUrl(ctx, project, number),
    reason,
  }))
}

function flagged(before: Message, invalid: Invalid[]): Message {
  const blocks = before.blocks.filter((block) => !isFlag(block))
  if (invalid.length === 0) return { ...before, blocks }
  const runs = invalid.flatMap(({ ref, url, reason }, index): Inline[] => [
    text(index === 0 ? '' : '; '),
    link(ref, url),
    text(` (${cut(reason, 120)})`),
  ])
  const at = blocks[0]?.type === 'header' ? 1 : 0
  return { ...before, blocks: blocks.toSpliced(at, 0, context(bold(FLAG), ...runs)) }
}

function isFlag(block: Block): boolean {
  return block.type === 'context' && block.text[0]?.type === 'text' && block.text[0].text === FLAG
}
