import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Faults } from '../fake-discord/faults.ts'
import { type Method, type Outcome, parsed } from './method.ts'
import type { Json, State } from './state.ts'

/** A file on its way: asked for, uploaded, complete, looked at. */
export interface FakeFile {
  id: string
  name: string
  length: number
  alt: string
  title: string
  bytes: Buffer | undefined
  complete: boolean
  /** When it can be shown, by the clock; undefined until it is complete. */
  usableAt: number | undefined
  deleted: boolean
}

/** Files of the workspace: they are uploaded to nobody, and shown by messages that refer to them. */
export class Files {
  readonly all: FakeFile[] = []
  /** How long Slack looks at a file before it can be shown. */
  delayMs = 0
  /** False: it is not done with any of them. */
  done = true
  /** Says that a file can be shown a while before that is so: this many messages are refused. */
  early = 0

  find(id: string): FakeFile | undefined {
    return this.all.find((file) => file.id === id && !file.deleted)
  }

  isUsable(file: FakeFile, now: number): boolean {
    return this.done && file.usableAt !== undefined && file.usableAt <= now
  }
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const ALT = 1_000

export const FILE_METHODS: Record<string, Method> = {
  'files.getUploadURLExternal': {
    scope: () => 'files:write',
    run: (options, args) => ask(options.state, args),
  },
  'files.completeUploadExternal': {
    scope: () => 'files:write',
    run: (options, args) => complete(options.state, args),
  },
  'files.info': { scope: () => 'files:read', run: (options, args) => info(options.state, args) },
}

function ask(state: State, args: Json): Outcome {
  if (!args.filename || !(Number(args.length) > 0)) return { ok: false, error: 'invalid_arguments' }
  if (String(args.alt_text ?? '').length > ALT) return { ok: false, error: 'alt_text_too_long' }
  const id = state.nextId('F')
  state.files.all.push({
    id,
    name: args.filename,
    length: Number(args.length),
    alt: String(args.alt_text ?? ''),
    title: '',
    bytes: undefined,
    complete: false,
    usableAt: undefined,
    deleted: false,
  })
  return { ok: true, upload_url: `${state.origin}/upload/${id}`, file_id: id }
}

function complete(state: State, args: Json): Outcome {
  if (args.channel_id !== undefined || args.channels !== undefined)
    state.violations.push('an upload that is a message of its own')
  const files = (parsed(args.files) ?? []) as { id: string; title?: string }[]
  const known = files.map(({ id }) => state.files.find(id))
  if (files.length === 0 || known.some((file) => file?.bytes === undefined))
    return { ok: false, error: 'file_not_found' }
  for (const [index, file] of known.entries()) {
    if (file === undefined) continue
    file.complete = true
    file.title = files[index]?.title ?? ''
    file.usableAt = state.clock.now().getTime() + state.files.delayMs
  }
  return { ok: true, files: files.map(({ id, title }) => ({ id, title })) }
}

function info(state: State, args: Json): Outcome {
  const file = state.files.find(args.file)
  if (file?.complete !== true) return { ok: false, error: 'file_not_found' }
  const usable = state.files.isUsable(file, state.clock.now().getTime())
  const looked = usable ? { mimetype: 'image/png', filetype: 'png', original_w: 1_200, thumb_360: 'x' } : {}
  return { ok: true, file: { id: file.id, name: file.name, title: file.title, mimetype: '', ...looked } }
}

/** Takes the bytes: a multipart form or the bytes themselves, as many as were announced. */
export async function takeUpload(
  state: State,
  faults: Faults,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  state.calls.push('upload')
  const fault = faults.take('POST', '/upload')
  if (fault?.kind === 'slow') await fault.until
  if (fault?.kind === 'http500') return void response.writeHead(500).end('trouble')
  if (fault?.kind === 'resetBeforeStore') return void request.socket.destroy()
  const file = state.files.find(id)
  const bytes = await bytesOf(Buffer.concat(parts), request.headers['content-type'] ?? '')
  if (file === undefined || file.length !== bytes.length || !bytes.subarray(0, PNG.length).equals(PNG))
    return void response.writeHead(400).end(`${bytes.length} bytes are not what was announced`)
  file.bytes = bytes
  state.changed()
  response.writeHead(200).end(`OK - ${bytes.length}`)
}

async function bytesOf(body: Buffer, type: string): Promise<Buffer> {
  if (!type.startsWith('multipart/')) return body
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const [file] = [...form.values()].filter((value) => typeof value !== 'string')
  return file === undefined ? Buffer.alloc(0) : Buffer.from(await file.arrayBuffer())
}

/** What is wrong with the pictures of a message's blocks. */
export function fileProblems(state: State, blocks: Json[]): string[] {
  const shown = blocks.flatMap(({ slack_file }, index) =>
    slack_file === undefined ? [] : [{ slack_file, index }],
  )
  if (shown.length === 0) return []
  if (state.files.early > 0) {
    state.files.early -= 1
    return ['invalid slack file [json-pointer:/blocks/0/slack_file]']
  }
  return shown
    .filter(({ slack_file }) => {
      const file = state.files.find(slack_file.id)
      return file === undefined || !state.files.isUsable(file, state.clock.now().getTime())
    })
    .map(({ index }) => `invalid slack file [json-pointer:/blocks/${index}/slack_file]`)
}
