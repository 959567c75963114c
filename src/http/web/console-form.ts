import { errorWords } from '../../bots/error-words.ts'
import { type FormField, type FormView, formView, submitForm } from '../../bots/forms.ts'
import type { Asker } from '../../bots/commands/command.ts'
import type { Reply } from '../../bots/dispatch.ts'
import { press } from '../../bots/press.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Form, MessageRef } from '../../messages/model.ts'
import { each, html, type Markup, shown } from './html.ts'

/** Which button a form belongs to: what it asks for is looked up again when it comes back. */
export interface FormPlace {
  ref: MessageRef
  button: string
}

/** A form that a button asks for, as a part of the page; what it cannot show is said instead. */
export async function openForm(ctx: Ctx, asker: Asker, place: FormPlace, form: Form): Promise<Markup> {
  try {
    return renderForm(await formView(ctx, asker, form), place)
  } catch (error) {
    if (error instanceof AppError) return notice(errorWords(error))
    throw error
  }
}

/** Stores what was filled in: the receipt, or the form again with what is wrong with it. */
export async function storeForm(
  ctx: Ctx,
  asker: Asker,
  place: FormPlace,
  values: Record<string, string>,
): Promise<{ reply: Reply } | { part: Markup }> {
  const pressed = await press(ctx, asker, place.ref, place.button)
  if (pressed.kind === 'reply') return { reply: pressed.reply }
  if (pressed.kind === 'notice') return { part: notice(pressed.text) }
  try {
    return { reply: await submitForm(ctx, asker, pressed.form, values) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { part: await again(ctx, asker, place, pressed.form, values, error) }
  }
}

async function again(
  ctx: Ctx,
  asker: Asker,
  place: FormPlace,
  form: Form,
  values: Record<string, string>,
  problem: AppError,
): Promise<Markup> {
  try {
    const view = await formView(ctx, asker, form)
    const fields = view.fields.map((field) => ({ ...field, value: values[field.id] ?? field.value }))
    return renderForm({ ...view, fields }, place, problem)
  } catch (error) {
    if (error instanceof AppError) return notice(errorWords(error))
    throw error
  }
}

function renderForm({ title, submit, fields }: FormView, place: FormPlace, problem?: AppError): Markup {
  return html`<h2>${shown(title)}</h2>
<form class="filters" method="post" action="/console/form">
<input type="hidden" name="ref" value="${place.ref}"><input type="hidden" name="button" value="${place.button}">
!${each(fields, (field, index) => renderField(field, index === 0, problem))}
<button type="submit">${shown(submit)}</button>
</form>`
}

function renderField(field: FormField, first: boolean, problem?: AppError): Markup {
  const { id, label, hint, value, max, multiline } = field
  const wrong = problem !== undefined && (problem.details.field === id || (first && !isField(problem)))
  const told = [
    wrong ? html`<span class="notice" role="alert" id="${id}-problem">${shown(problem.message)}</span>` : '',
    hint === undefined ? '' : html`<span class="soft">${shown(hint)}</span>`,
  ].join(' ')
  const about = wrong ? ` aria-invalid="true" aria-describedby="${id}-problem"` : ''
  const focus = first ? ' autofocus' : ''
  const input = multiline
    ? html`<textarea class="long" name="${id}" rows="5" maxlength="${max}"!${about}!${focus}>${shown(value)}</textarea>`
    : html`<input class="long mono" name="${id}" value="${shown(value)}" maxlength="${max}"!${about}!${focus}>`
  return html`<label>${shown(label)} !${told}!${input}</label>`
}

function isField({ details }: AppError): boolean {
  return details.field === 'run' || details.field === 'text'
}

function notice(text: string): Markup {
  return html`<p class="notice" role="status">${shown(text)}</p>`
}
