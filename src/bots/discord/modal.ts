import { errorWords } from '../error-words.ts'
import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord.js'
import type { Ctx } from '../../context.ts'
import { findNamedRuns } from '../../domain/runs/read/find-named-runs.ts'
import { AppError } from '../../errors.ts'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import type { Form } from '../../messages/model.ts'
import type { Asker } from '../commands/command.ts'
import { scopeOf } from '../commands/parts.ts'
import { type FormField, formView } from '../forms.ts'
import { formId } from './form-id.ts'
import { DISCORD } from './limits.ts'

type Modal = APIModalInteractionResponseCallbackData

/** A form as Discord's modal, or why this person cannot have it. */
export async function modalOf(ctx: Ctx, asker: Asker, form: Form): Promise<Modal | string> {
  try {
    const view = await formView(ctx, asker, form)
    return {
      title: cut(view.title, DISCORD.modalTitle),
      custom_id: formId(form) ?? (await shorter(ctx, asker, form)),
      components: view.fields.map(fieldOf),
    }
  } catch (error) {
    if (error instanceof AppError) return errorWords(error)
    throw error
  }
}

/** A project's name may be as long as all that a modal carries; a run's id never is. */
async function shorter(ctx: Ctx, asker: Asker, form: Form): Promise<string> {
  const [key] = await findNamedRuns(ctx, [form.run ?? ''], scopeOf(asker))
  return formId({ ...form, ...(key === undefined ? {} : { run: key.runId }) }) ?? ''
}

function fieldOf({ id, label, multiline, value, max, hint }: FormField): Modal['components'][number] {
  const longest = Math.min(max, DISCORD.textInput)
  const filled = cut(value, longest)
  return {
    type: ComponentType.Label,
    label: cut(cleanLine(label), DISCORD.modalLabel),
    ...(hint === undefined ? {} : { description: cut(cleanLine(hint), DISCORD.label) }),
    component: {
      type: ComponentType.TextInput,
      custom_id: id,
      style: multiline ? TextInputStyle.Paragraph : TextInputStyle.Short,
      max_length: longest,
      required: true,
      ...(filled === '' ? {} : { value: filled }),
    },
  }
}
