import { problemsOfView } from '../check-slack-view.ts'
import type { Json, State, View } from './state.ts'
import { type Method, type Outcome, parsed, refusal } from './method.ts'

/** Slack's: a trigger is worth something for three seconds. */
const TRIGGER_MS = 3_000
const STACK = 3

export const VIEW_METHODS: Record<string, Method> = {
  'views.open': { run: ({ state }, args) => open(state, args, false) },
  'views.push': { run: ({ state }, args) => open(state, args, true) },
  'views.update': { run: ({ state }, args) => update(state, args) },
  'views.publish': { run: ({ state }, args) => publish(state, args) },
}

function open(state: State, args: Json, push: boolean): Outcome {
  const view = parsed(args.view) as Json
  const problems = problemsOfView(view, 'modal')
  if (problems.length > 0) return refusal('invalid_arguments', problems)
  const trigger = state.triggers.get(args.trigger_id)
  if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' }
  if (trigger.used) return { ok: false, error: 'exchanged_trigger_id' }
  if (state.clock.now().getTime() - trigger.at > TRIGGER_MS) return { ok: false, error: 'expired_trigger_id' }
  const stack = state.views.filter((one) => one.open && one.user === trigger.user)
  if (push && stack.length >= STACK) return { ok: false, error: 'push_limit_reached' }
  trigger.used = true
  // What is opened anew takes the place of what was open.
  if (!push) for (const one of stack) one.open = false
  const opened: View = {
    id: state.nextId('V'),
    user: trigger.user,
    hash: state.nextId('h'),
    view,
    open: true,
    errors: {},
  }
  state.views.push(opened)
  return { ok: true, view: { id: opened.id, hash: opened.hash, ...view } }
}

function update(state: State, args: Json): Outcome {
  const view = parsed(args.view) as Json
  const problems = problemsOfView(view, 'modal')
  if (problems.length > 0) return refusal('invalid_arguments', problems)
  const known = state.views.find(({ id, open: shown }) => id === args.view_id && shown)
  if (known === undefined) return { ok: false, error: 'not_found' }
  if (args.hash !== undefined && args.hash !== known.hash) return { ok: false, error: 'hash_conflict' }
  Object.assign(known, { view, hash: state.nextId('h'), errors: {} })
  return { ok: true, view: { id: known.id, hash: known.hash, ...view } }
}

function publish(state: State, args: Json): Outcome {
  const view = parsed(args.view) as Json
  if (state.manifest.features?.app_home?.home_tab_enabled !== true) return { ok: false, error: 'not_enabled' }
  if (!state.people.has(args.user_id)) return { ok: false, error: 'invalid_user_id' }
  const problems = problemsOfView(view, 'home')
  if (problems.length > 0) return refusal('invalid_arguments', problems)
  const published = (state.homes.get(args.user_id)?.published ?? 0) + 1
  state.homes.set(args.user_id, { view, published })
  return { ok: true, view: { id: `V-home-${args.user_id}`, hash: state.nextId('h'), ...view } }
}

/** What an acknowledged submission does to the views that a person has open. */
export function applySubmission(state: State, view: View, answer: Json): void {
  const { response_action: action, errors = {}, view: next } = answer
  switch (action) {
    case undefined:
      view.open = false
      return
    case 'clear':
      for (const one of state.views) if (one.user === view.user) one.open = false
      return
    case 'errors': {
      const inputs = view.view.blocks.filter(({ type }: Json) => type === 'input')
      for (const [block, text] of Object.entries(errors as Record<string, string>)) {
        if (!inputs.some(({ block_id }: Json) => block_id === block))
          state.violations.push(`an error for the block ${block}, which the view does not have`)
        if (typeof text !== 'string' || text === '') state.violations.push(`an empty error for ${block}`)
      }
      view.errors = errors
      return
    }
    case 'update':
    case 'push': {
      const problems = problemsOfView(next, 'modal')
      state.violations.push(...problems)
      if (action === 'update') Object.assign(view, { view: next, hash: state.nextId('h') })
      else state.views.push({ ...view, id: state.nextId('V'), view: next, errors: {} })
      return
    }
    default:
      state.violations.push(`response_action ${String(action)}`)
  }
}
