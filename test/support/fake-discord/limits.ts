import { checkAttachments, type UploadedFile } from './attachments.ts'
import { DiscordError } from './errors.ts'

type Json = Record<string, any>

/** The vendor's numbers, kept apart from the bot's own so that one wrong number cannot hide another. */
export const LIMITS = {
  content: 2000,
  embeds: 10,
  embedTotal: 6000,
  title: 256,
  description: 4096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1024,
  footer: 2048,
  author: 256,
  rows: 5,
  perRow: 5,
  label: 80,
  customId: 100,
  options: 25,
  placeholder: 150,
  v2Components: 40,
  v2Text: 4000,
  nonce: 25,
  files: 10,
  fileDescription: 1024,
  threadName: 100,
  modalTitle: 45,
  choices: 25,
  commandName: 32,
  commandText: 100,
  commandTotal: 8000,
}
export const EPHEMERAL = 1 << 6
export const COMPONENTS_V2 = 1 << 15

/** Collects refusals by path and throws them as one 50035 body. */
export class Refusals {
  readonly errors: Json = {}
  add(path: string, code: string, message: string): void {
    let node = this.errors
    for (const key of path.split('.')) node = node[key] ??= {}
    ;(node._errors ??= []).push({ code, message })
  }
  max(path: string, value: unknown, limit: number): void {
    if (typeof value === 'string' && Array.from(value).length > limit)
      this.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${limit} or fewer in length.`)
  }
  size(path: string, value: unknown, min: number, max: number): void {
    const n = Array.isArray(value) ? value.length : 0
    if (n < min || n > max)
      this.add(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`)
  }
  check(): void {
    if (Object.keys(this.errors).length > 0)
      throw new DiscordError(400, 50035, 'Invalid Form Body', this.errors)
  }
}

function checkEmbeds(embeds: Json[], r: Refusals): void {
  r.size('embeds', embeds, 0, LIMITS.embeds)
  let total = 0
  embeds.forEach((e, i) => {
    const at = `embeds.${i}`
    r.max(`${at}.title`, e.title, LIMITS.title)
    r.max(`${at}.description`, e.description, LIMITS.description)
    r.max(`${at}.footer.text`, e.footer?.text, LIMITS.footer)
    r.max(`${at}.author.name`, e.author?.name, LIMITS.author)
    r.size(`${at}.fields`, e.fields ?? [], 0, LIMITS.fields)
    for (const [j, f] of ((e.fields ?? []) as Json[]).entries()) {
      for (const k of ['name', 'value'])
        if (!f[k]) r.add(`${at}.fields.${j}.${k}`, 'BASE_TYPE_REQUIRED', 'This field is required')
      r.max(`${at}.fields.${j}.name`, f.name, LIMITS.fieldName)
      r.max(`${at}.fields.${j}.value`, f.value, LIMITS.fieldValue)
      total += `${f.name}${f.value}`.length
    }
    total += [e.title, e.description, e.footer?.text, e.author?.name].join('').length
  })
  if (total > LIMITS.embedTotal)
    r.add('embeds', 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${LIMITS.embedTotal}`)
}

function checkSelect(c: Json, at: string, r: Refusals): void {
  r.max(`${at}.placeholder`, c.placeholder, LIMITS.placeholder)
  if (c.type !== 3) return
  r.size(`${at}.options`, c.options, 1, LIMITS.options)
  for (const [i, o] of ((c.options ?? []) as Json[]).entries())
    for (const k of ['label', 'value', 'description']) r.max(`${at}.options.${i}.${k}`, o[k], 100)
}

function checkButton(c: Json, at: string, r: Refusals): void {
  r.max(`${at}.label`, c.label, LIMITS.label)
  if (c.style === 5 ? !c.url : !c.custom_id)
    r.add(at, 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id (or a url for links) is required')
}

interface Walk {
  ids: Set<string>
  count: number
  text: number
}

function checkComponent(c: Json, at: string, w: Walk, r: Refusals): void {
  w.count++
  if (c.type === 2) checkButton(c, at, r)
  if ([3, 5, 6, 7, 8].includes(c.type)) checkSelect(c, at, r)
  if (c.custom_id !== undefined) {
    r.max(`${at}.custom_id`, c.custom_id, LIMITS.customId)
    if (w.ids.has(c.custom_id))
      r.add(`${at}.custom_id`, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated')
    w.ids.add(c.custom_id)
  }
  if (c.type === 1) r.size(`${at}.components`, c.components, 1, LIMITS.perRow)
  if (c.type === 9) r.size(`${at}.components`, c.components, 1, 3)
  if (c.type === 12) r.size(`${at}.items`, c.items, 1, 10)
  if (c.type === 10) w.text += (c.content ?? '').length
  for (const [i, inner] of ((c.components ?? []) as Json[]).entries())
    checkComponent(inner, `${at}.components.${i}`, w, r)
  if (c.accessory) checkComponent(c.accessory, `${at}.accessory`, w, r)
}

/** What an edit leaves as it was; the list of files is the edit's own. */
export function shownOf({ attachments: _former, ...raw }: Json): Json {
  return raw
}

/** Throws a 50035 DiscordError naming each path of a message that the platform would refuse. */
export function checkMessage(
  body: Json,
  files: UploadedFile[],
  former: Json[] = [],
  r: Refusals = new Refusals(),
): void {
  const v2 = ((body.flags ?? 0) & COMPONENTS_V2) !== 0
  r.max('content', body.content, LIMITS.content)
  checkEmbeds(body.embeds ?? [], r)
  checkAttachments(body, files, former, r)
  const walk: Walk = { ids: new Set(), count: 0, text: 0 }
  const components = (body.components ?? []) as Json[]
  components.forEach((c, i) => {
    if (!v2 && c.type !== 1)
      r.add(`components.${i}.type`, 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (1,).')
    checkComponent(c, `components.${i}`, walk, r)
  })
  if (v2) {
    for (const k of ['content', 'embeds'])
      if (body[k]?.length)
        r.add(k, 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', `${k} cannot be used`)
    if (walk.count > LIMITS.v2Components) r.add('components', 'COMPONENT_MAX_TOTAL', 'Too many components')
    if (walk.text > LIMITS.v2Text)
      r.add('components', 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', 'Too much text')
  } else if (components.length > LIMITS.rows) r.size('components', components, 1, LIMITS.rows)
  if (String(body.nonce ?? '').length > LIMITS.nonce) r.max('nonce', String(body.nonce), LIMITS.nonce)
  if (files.length > LIMITS.files) r.size('files', files, 0, LIMITS.files)
  for (const [i, a] of ((body.attachments ?? []) as Json[]).entries())
    r.max(`attachments.${i}.description`, a.description, LIMITS.fileDescription)
  r.check()
  const empty = !body.content && !body.embeds?.length && !components.length && !files.length
  if (empty && !body.attachments?.length && former.length === 0)
    throw new DiscordError(400, 50006, 'Cannot send an empty message')
}

/** Throws 50035 for command JSON over the limits. Only slash commands have descriptions and options. */
export function checkCommands(commands: Json[]): void {
  const r = new Refusals()
  const visit = (c: Json, at: string, typed: boolean): void => {
    r.max(`${at}.name`, c.name, LIMITS.commandName)
    if (typed && !/^[-_'\p{L}\p{N}]{1,32}$/u.test(c.name ?? ''))
      r.add(`${at}.name`, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
    if (typed && !c.description) r.add(`${at}.description`, 'BASE_TYPE_REQUIRED', 'This field is required')
    if (!typed && c.description)
      r.add(`${at}.description`, 'APPLICATION_COMMAND_DESCRIPTION_NOT_EMPTY', 'Must be empty')
    r.max(`${at}.description`, c.description, LIMITS.commandText)
    r.size(`${at}.options`, c.options ?? [], 0, typed ? LIMITS.options : 0)
    r.size(`${at}.choices`, c.choices ?? [], 0, LIMITS.choices)
    for (const [i, o] of ((c.options ?? []) as Json[]).entries()) visit(o, `${at}.options.${i}`, true)
  }
  const seen = new Set<string>()
  commands.forEach((c, i) => {
    visit(c, String(i), (c.type ?? 1) === 1)
    const key = `${c.type ?? 1} ${c.name}`
    if (seen.has(key)) r.add(`${i}.name`, 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Names must be unique')
    seen.add(key)
    if (sizeOf(c) > LIMITS.commandTotal)
      r.add(String(i), 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds ${LIMITS.commandTotal} characters`)
  })
  r.check()
}

/** Names, descriptions and values of a command and of all that it holds. */
function sizeOf({ name = '', description = '', value = '', options = [], choices = [] }: Json): number {
  const inner = [...(options as Json[]), ...(choices as Json[])].map(sizeOf)
  return inner.reduce((sum, size) => sum + size, name.length + description.length + String(value).length)
}
