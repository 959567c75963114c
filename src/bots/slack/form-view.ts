import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import type { Form } from '../../messages/model.ts'
import type { FormField, FormView } from '../forms.ts'
import { FORM, pickerId } from './callback-ids.ts'
import { SLACK } from './limits.ts'

/** Where a form was opened, so that its result is posted there. It travels with the form. */
export interface FormOrigin {
  form: Form
  channel: string
  channelName?: string | undefined
  responseUrl?: string | undefined
}

/** A form as Slack's modal. */
export function modalOf({ title, submit, fields }: FormView, origin: FormOrigin): ModalView {
  const { text: _typedInField, ...form } = origin.form
  return {
    type: 'modal',
    callback_id: FORM,
    private_metadata: JSON.stringify({ ...origin, form }),
    title: plain(title, SLACK.viewTitle),
    submit: plain(submit, SLACK.viewTitle),
    close: plain('Cancel', SLACK.viewTitle),
    blocks: fields.map(inputOf),
  }
}

/** What the form was opened for. @throws when this is no form of ours */
export function originOf(metadata: string): FormOrigin {
  return JSON.parse(metadata) as FormOrigin
}

/** What was typed and chosen, by field. */
export function valuesOf(state: unknown): Record<string, string> {
  const fields = Object.entries((state ?? {}) as Record<string, Record<string, Filled>>)
  return Object.fromEntries(
    fields.map(([id, elements]) => {
      const [filled] = Object.values(elements)
      return [id, filled?.value ?? filled?.selected_option?.value ?? '']
    }),
  )
}

interface Filled {
  value?: string | null
  selected_option?: { value: string } | null
}

function inputOf(field: FormField): KnownBlock {
  const hint = field.hint === undefined ? {} : { hint: plain(field.hint, SLACK.hint) }
  return {
    type: 'input',
    block_id: field.id,
    label: plain(field.label, SLACK.hint),
    ...hint,
    element: field.id === 'run' ? runPicker(field) : textInput(field),
  }
}

/** Offers runs while somebody types: see options. */
function runPicker({ value, hint }: FormField): InputBlock['element'] {
  const initial =
    value === ''
      ? {}
      : { initial_option: { text: plain(value, SLACK.optionText), value: value.slice(0, SLACK.optionValue) } }
  return {
    type: 'external_select',
    action_id: pickerId('run'),
    min_query_length: 0,
    placeholder: plain(hint ?? 'churn#142', SLACK.placeholder),
    ...initial,
  }
}

function textInput({ multiline, value, max }: FormField): InputBlock['element'] {
  const most = Math.min(max, SLACK.input)
  return {
    type: 'plain_text_input',
    action_id: 'text',
    multiline,
    max_length: most,
    focus_on_load: true,
    ...(value === '' ? {} : { initial_value: value.slice(0, most) }),
  }
}

function plain(text: string, limit: number) {
  return { type: 'plain_text' as const, text: cut(cleanLine(text), limit) || ' ', emoji: false }
}

/** The channel that a form was opened in; '' when this is no form of ours. */
export function channelIn(metadata: string | undefined): string {
  const [, channel = ''] = /"channel":"([A-Z0-9]+)"/.exec(metadata ?? '') ?? []
  return channel
}
