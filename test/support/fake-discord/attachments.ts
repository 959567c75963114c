import { DiscordError } from './errors.ts'
import type { Refusals } from './limits.ts'

type Json = Record<string, any>

/** A file of a message: `files[n]` in a form, described by the entry of `attachments` with that id. */
export interface UploadedFile {
  id: string
  name: string
  bytes: Buffer
}

const LARGEST = 10_485_760

/** What stays of the former files: all of them unless the new list names some, then those. */
function kept(body: Json, former: Json[]): Json[] {
  const listed = body.attachments as Json[] | undefined
  return listed === undefined
    ? former
    : former.filter(({ id }) => listed.some((one) => String(one.id) === id))
}

/** Names whatever an entry, a file or an `attachment://name` refers to in vain. */
export function checkAttachments(body: Json, files: UploadedFile[], former: Json[], r: Refusals): void {
  if (files.some(({ bytes }) => bytes.length > LARGEST))
    throw new DiscordError(413, 40005, 'Request entity too large')
  const known = new Set([...files, ...former].map(({ id }) => String(id)))
  for (const [i, entry] of ((body.attachments ?? []) as Json[]).entries())
    if (!known.has(String(entry.id)))
      r.add(`attachments.${i}.id`, 'ATTACHMENT_NOT_FOUND', `Attachment data not found: ${entry.id}`)
  const named = new Set([
    ...files.map(({ name }) => name),
    ...kept(body, former).map(({ filename }) => filename),
  ])
  for (const [i, embed] of ((body.embeds ?? []) as Json[]).entries()) {
    const [, name] = /^attachment:\/\/(.+)$/.exec(embed.image?.url ?? '') ?? []
    if (name !== undefined && !named.has(name))
      r.add(`embeds.${i}.image.url`, 'ATTACHMENT_NOT_FOUND', `Referenced attachment ${name} does not exist`)
  }
}

/** The files of a message as it is stored. */
export function storedAttachments(
  body: Json,
  files: UploadedFile[],
  former: Json[],
  nextId: () => string,
): Json[] {
  const made = files.map(({ id, name, bytes }) => ({
    id: nextId(),
    filename: name,
    size: bytes.length,
    description: (body.attachments as Json[] | undefined)?.find((one) => String(one.id) === id)?.description,
    url: `http://127.0.0.1/${name}`,
    proxy_url: '',
  }))
  return [...kept(body, former), ...made]
}
