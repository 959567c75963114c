import type { Ctx } from '../context.ts'
import { transaction } from '../db/transaction.ts'
import { addNote, NOTE_LIMIT } from '../domain/notes/add-note.ts'
import { editNote, ownNote } from '../domain/notes/edit-note.ts'
import { parseRuns } from './commands/parse-line.ts'
import { oneProject } from '../domain/runs/read/find-named-runs.ts'
import { invalid } from '../errors.ts'
import { cut } from '../messages/build.ts'
import type { Form } from '../messages/model.ts'
import type { Answer, Asker } from './commands/command.ts'
import { namedRuns, runNames } from './commands/named-runs.ts'
import { noteReceipt } from './commands/note-receipt.ts'
import { accountOf, actorOf, authorOf } from './commands/parts.ts'
import { keep, type Reply, requireChange } from './dispatch.ts'

/** A form as every platform can show it: the modal of each is built from it. */
export interface FormView {
  /** At most 24 characters. */
  title: string
  submit: string
  fields: FormField[]
}

export interface FormField {
  id: 'run' | 'text'
  /** At most 45 characters. */
  label: string
  multiline: boolean
  /** What stands in it at first. */
  value: string
  /** At most so many characters. */
  max: number
  /** At most 100 characters. */
  hint?: string
}

/** The longest text that a modal takes on every platform. */
const FORM_TEXT = 3_000
const TITLE = 24
const HINT = 100

/**
 * What a form asks, for the one who opens it.
 * @throws AppError forbidden for somebody else's note, not_found for a run or note that is gone
 */
export async function formView(ctx: Ctx, asker: Asker, form: Form): Promise<FormView> {
  requireChange(asker)
  if (form.note !== undefined) return await editView(ctx, asker, form.note)
  if (form.run === undefined) return { ...NOTE_FORM, fields: [RUN_FIELD, textField(form.text ?? '')] }
  const { refs } = await namedRuns(ctx, asker, namesOf(form.run), NOTE)
  const title = `Note on ${refs.length > 1 ? `${refs.length} runs` : refs[0]}`
  return {
    ...NOTE_FORM,
    title: title.length > TITLE ? NOTE_FORM.title : title,
    fields: [{ ...textField(form.text ?? ''), hint: cut(`About ${runNames(refs)}`, HINT) }],
  }
}

/**
 * Stores what a form was filled in with, and answers a receipt.
 * @throws AppError that names the field: 'run' or 'text'
 */
export async function submitForm(
  ctx: Ctx,
  asker: Asker,
  form: Form,
  values: Record<string, string>,
): Promise<Reply> {
  requireChange(asker)
  const typed = values['text'] ?? ''
  const answer =
    form.note === undefined
      ? await newNote(ctx, asker, form, values['run'] ?? form.run ?? '', typed)
      : await changeNote(ctx, asker, form.note, typed)
  return await keep(ctx, asker, 'note', 'note', answer)
}

async function newNote(ctx: Ctx, asker: Asker, form: Form, runs: string, typed: string): Promise<Answer> {
  const { keys, ids } = await namedRuns(ctx, asker, namesOf(runs), NOTE)
  const projectId = oneProject(keys)
  const author = await authorOf(ctx, asker)
  const note = await transaction(ctx.db, (trx) =>
    addNote(trx, ctx, actorOf(asker), {
      projectId,
      runIds: ids,
      text: typed,
      author,
      account: accountOf(asker),
      permalink: form.permalink,
    }),
  )
  return noteReceipt(note, ids, 'kept')
}

async function changeNote(ctx: Ctx, asker: Asker, id: number, typed: string): Promise<Answer> {
  const editor = { account: accountOf(asker), projectId: asker.projectId }
  const note = await transaction(ctx.db, (trx) => editNote(trx, ctx, actorOf(asker), editor, id, typed))
  return noteReceipt(note, [], 'changed')
}

async function editView(ctx: Ctx, asker: Asker, id: number): Promise<FormView> {
  const note = await ownNote(ctx, { account: accountOf(asker), projectId: asker.projectId }, id)
  if (note.text.length > FORM_TEXT) {
    throw invalid('text', `This note is too long for a form: PATCH /api/v1/notes/${id} changes it.`, {
      value: note.text.length,
      allowed: `${FORM_TEXT} characters`,
    })
  }
  const about = note.runs.length === 0 ? note.project : note.runs.join(', ')
  return {
    title: 'Edit note',
    submit: 'Save',
    fields: [{ ...textField(note.text), hint: cut(`About ${about}`, HINT) }],
  }
}

/** Names of runs as people write them in a field; what is none is looked for all the same, and named when it fails. */
function namesOf(line: string): string[] {
  const { runs, text } = parseRuns(line)
  return text === '' ? runs : [...runs, text]
}

const NOTE_FORM = { title: 'New note', submit: 'Save note' }

const NOTE = { usage: 'note <run> <text>' }

const RUN_FIELD: FormField = {
  id: 'run',
  label: 'Which run?',
  multiline: false,
  value: '',
  max: 250,
  hint: 'churn#142, or several: churn#12..20',
}

function textField(value: string): FormField {
  return {
    id: 'text',
    label: 'What is there to know?',
    multiline: true,
    value: cut(value, FORM_TEXT),
    max: Math.min(FORM_TEXT, NOTE_LIMIT),
  }
}
