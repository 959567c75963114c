import { randomUUID } from 'node:crypto'
import type { Ctx } from '../../context.ts'
import {
  addConsoleMessage,
  deleteConsoleMessage,
  editConsoleMessage,
  findConsoleMessage,
} from '../../domain/channels/console-messages.ts'
import { checkedText } from '../../domain/notes/add-note.ts'
import { noteOfMessage } from '../../domain/notes/note-of-message.ts'
import { AppError, notFound } from '../../errors.ts'
import { bold, message, paragraph } from '../../messages/build.ts'
import type { Message } from '../../messages/model.ts'
import type { Asker } from '../commands/command.ts'
import { accountOf } from '../commands/parts.ts'
import { requireChange } from '../dispatch.ts'
import { receiveDelete, receiveReply, messageKeyText, runsOfMessage } from '../thread-events.ts'
import { consolePlace } from './place.ts'
import { consoleUrl } from './transport.ts'

/**
 * Replies under a post of ours on the console: it stands in the thread, and is a note as on every platform.
 * @throws AppError not_found for a post that is about no run, invalid for no text
 */
export async function replyOnConsole(ctx: Ctx, asker: Asker, post: number, typed: string): Promise<void> {
  requireChange(asker)
  const text = checkedText(typed)
  if ((await runsOfMessage(ctx, consolePlace(post))) === undefined) {
    throw notFound('This message is about no run: there is nothing to note.', {
      field: 'message',
      value: post,
    })
  }
  const id = await addConsoleMessage(ctx, {
    ref: `reply:${randomUUID()}`,
    parent: post,
    message: replyMessage(ctx, asker, text),
  })
  await tell(ctx, asker, { reply: id, post, text })
}

/** Gives a reply of one's own another text, and its note too. @throws AppError not_found, forbidden */
export async function editReply(ctx: Ctx, asker: Asker, reply: number, typed: string): Promise<void> {
  requireChange(asker)
  const text = checkedText(typed)
  const post = await ownReply(ctx, asker, reply)
  await editConsoleMessage(ctx, reply, replyMessage(ctx, asker, text))
  await tell(ctx, asker, { reply, post, text })
}

/** Takes a reply of one's own back, and its note too. @throws AppError not_found, forbidden */
export async function deleteReply(ctx: Ctx, asker: Asker, reply: number): Promise<void> {
  requireChange(asker)
  await ownReply(ctx, asker, reply)
  await receiveDelete(ctx, consolePlace(reply))
  await deleteConsoleMessage(ctx, reply)
}

function replyMessage(ctx: Ctx, asker: Asker, text: string): Message {
  return message('reply', text, [paragraph(bold(`${asker.name}: `), ctx.mask(text))])
}

async function tell(
  ctx: Ctx,
  asker: Asker,
  { reply, post, text }: { reply: number; post: number; text: string },
): Promise<void> {
  await receiveReply(ctx, {
    place: consolePlace(reply),
    parent: String(post),
    text,
    account: asker.userId,
    name: asker.name,
    permalink: consoleUrl(ctx.publicUrl, reply),
    version: ctx.clock.now().getTime(),
  })
}

/** @returns the post that it stands under */
async function ownReply(ctx: Ctx, asker: Asker, reply: number): Promise<number> {
  const row = await findConsoleMessage(ctx, { id: reply })
  const note = await noteOfMessage(ctx, messageKeyText(consolePlace(reply)))
  if (row?.parent_id == null || note === undefined)
    throw notFound('There is no such reply.', { field: 'message', value: reply })
  if (note.account !== accountOf(asker)) {
    throw new AppError('forbidden', `This reply is by ${note.author}: only they may change it.`, {
      field: 'message',
      value: reply,
      allowed: note.author,
    })
  }
  return row.parent_id
}
