import type { Ctx } from '../../context.ts'
import { seeEvent } from '../../domain/channels/see-event.ts'
import { context } from '../../messages/build.ts'
import type { Asker } from '../commands/command.ts'
import type { Reply } from '../dispatch.ts'
import type { DiscordTransport } from './transport.ts'

/** Answers after which people will want to reply to what comes, or have just noted something. */
const CONCERNED = new Set(['watch', 'note'])

/** Adds a hint about missing permissions to an answer, once per channel and day. */
export async function withRestriction(
  ctx: Ctx,
  transport: DiscordTransport,
  { workspace, channel }: Asker,
  reply: Reply,
): Promise<Reply> {
  const restriction = transport.restriction()
  if (restriction === undefined || !CONCERNED.has(reply.command)) return reply
  const day = ctx.clock.now().toISOString().slice(0, 10)
  if (!(await seeEvent(ctx, 'discord', `restricted:${workspace}:${channel}:${day}`))) return reply
  const { message } = reply
  const said = `${restriction.charAt(0).toUpperCase()}${restriction.slice(1)}.`
  return { ...reply, message: { ...message, blocks: [...message.blocks, context(said)] } }
}
