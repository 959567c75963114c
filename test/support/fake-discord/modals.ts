import { DiscordError } from './errors.ts'
import { Refusals } from './limits.ts'
import type { Json } from './state.ts'

const MODAL = { title: 45, customId: 100, components: 5, label: 45, description: 100, placeholder: 100 }
const TEXT_INPUT = 4000

/** Throws 50035 for a modal that the platform would refuse. Text inputs stand in labels; the older rows are taken too. */
export function checkModal(modal: Json): void {
  const r = new Refusals()
  for (const key of ['title', 'custom_id'])
    if (!modal[key]) r.add(key, 'BASE_TYPE_REQUIRED', 'This field is required')
  r.max('title', modal.title, MODAL.title)
  r.max('custom_id', modal.custom_id, MODAL.customId)
  r.size('components', modal.components, 1, MODAL.components)
  const ids = new Set<string>()
  for (const [i, outer] of ((modal.components ?? []) as Json[]).entries()) {
    const at = `components.${i}`
    const labelled = outer.type === 18
    const inner = labelled ? outer.component : outer.components?.[0]
    if (!(labelled || outer.type === 1) || inner?.type !== 4) {
      r.add(at, 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (1, 18).')
      continue
    }
    checkInput(inner, labelled ? `${at}.component` : `${at}.components.0`, labelled, ids, r)
    if (labelled && !outer.label) r.add(`${at}.label`, 'BASE_TYPE_REQUIRED', 'This field is required')
    r.max(`${at}.label`, labelled ? outer.label : inner.label, MODAL.label)
    r.max(`${at}.description`, outer.description, MODAL.description)
  }
  r.check()
}

function checkInput(input: Json, at: string, labelled: boolean, ids: Set<string>, r: Refusals): void {
  if (!input.custom_id || ids.has(input.custom_id))
    r.add(`${at}.custom_id`, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'A custom id of its own is required')
  ids.add(input.custom_id)
  r.max(`${at}.custom_id`, input.custom_id, MODAL.customId)
  r.max(`${at}.placeholder`, input.placeholder, MODAL.placeholder)
  r.max(`${at}.value`, input.value, Math.min(TEXT_INPUT, input.max_length ?? TEXT_INPUT))
  if (input.style !== 1 && input.style !== 2)
    r.add(`${at}.style`, 'BASE_TYPE_CHOICES', 'Value must be one of {1, 2}.')
  if (labelled && input.label !== undefined)
    r.add(`${at}.label`, 'TEXT_INPUT_LABEL_IN_LABEL', 'A text input in a label has none of its own')
  for (const [key, least] of [
    ['min_length', 0],
    ['max_length', 1],
  ] as const)
    if (input[key] !== undefined && !(input[key] >= least && input[key] <= TEXT_INPUT))
      r.add(`${at}.${key}`, 'NUMBER_TYPE_MAX', `int value should be between ${least} and ${TEXT_INPUT}.`)
}

/** Each text input of a modal, by its custom id. */
export function inputsOf(modal: Json): Map<string, Json> {
  const inputs = (modal.components as Json[]).map((c) => c.component ?? c.components[0])
  return new Map(inputs.map((input) => [input.custom_id, input]))
}

/** What a client sends for a filled-in modal; throws where it would not let the person send. */
export function modalData(modal: Json, fields: Record<string, string>): Json {
  const inputs = inputsOf(modal)
  for (const id of Object.keys(fields)) if (!inputs.has(id)) throw new Error(`no field ${id} in the modal`)
  const components = [...inputs.values()].map((input, i) => {
    const value: string = fields[input.custom_id] ?? input.value ?? ''
    if (value === '' && input.required !== false) throw new Error(`field ${input.custom_id} is required`)
    if (value.length > (input.max_length ?? TEXT_INPUT))
      throw new Error(`field ${input.custom_id} is too long`)
    return {
      type: 18,
      id: i * 2 + 1,
      component: { type: 4, id: i * 2 + 2, custom_id: input.custom_id, value },
    }
  })
  return { custom_id: modal.custom_id, components }
}

/** A form opens as the first answer to a click or a command, never to another form or to completion. */
export function mayOpenModal(interactionType: number): void {
  if (interactionType !== 2 && interactionType !== 3)
    throw new DiscordError(400, 50035, 'Invalid Form Body', {
      type: { _errors: [{ code: 'BASE_TYPE_CHOICES', message: 'A modal cannot answer this interaction' }] },
    })
}
