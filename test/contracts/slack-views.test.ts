import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FormView } from '../../src/bots/forms.ts'
import { modalOf, originOf, valuesOf } from '../../src/bots/slack/form-view.ts'
import { SLACK } from '../../src/bots/slack/limits.ts'
import { renderSlack } from '../../src/bots/slack/render.ts'
import { problemsOfBlocks } from '../support/check-slack-blocks.ts'
import { problemsOfView } from '../support/check-slack-view.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { HOSTILE } from '../support/hostile-text.ts'
import { anyMessage } from '../support/message-arbitrary.ts'

const RUNS = fuzzRuns(100)
const words = (max: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: max }),
    fc.constantFrom(...HOSTILE).map((text) => text.slice(0, max)),
  )

const anyField = fc.record({
  label: words(60),
  multiline: fc.boolean(),
  value: words(4_000),
  max: fc.integer({ min: 1, max: 10_000 }),
  hint: fc.option(words(200), { nil: undefined }),
})
const anyForm = fc
  .record({
    title: words(60),
    submit: words(40),
    text: anyField,
    run: fc.option(anyField, { nil: undefined }),
  })
  .map(({ title, submit, text, run }): FormView => {
    const field = (id: 'run' | 'text', { hint, ...rest }: typeof text) => ({
      id,
      ...rest,
      ...(hint === undefined ? {} : { hint }),
    })
    return { title, submit, fields: [...(run === undefined ? [] : [field('run', run)]), field('text', text)] }
  })
const anyOrigin = fc.record({
  form: fc.record({ run: words(140), text: words(4_000), permalink: words(300) }),
  channel: fc.constant('C0123456789'),
  channelName: words(80),
  responseUrl: fc.webUrl(),
})

describe('a view in Slack keeps to the limits', () => {
  it('of a form, whatever stands in it, and gives back where it came from', () => {
    fc.assert(
      fc.property(anyForm, anyOrigin, (form, origin) => {
        const view = modalOf(form, origin)
        expect(problemsOfView(view, 'modal')).toEqual([])
        const { text: _typed, ...kept } = origin.form
        expect(originOf(view.private_metadata ?? '')).toEqual({ ...origin, form: kept })
      }),
      RUNS,
    )
  })

  it.each(['home', 'unfurl'] as const)('of any message as a %s', (surface) => {
    const room = surface === 'home' ? SLACK.viewJson : SLACK.json
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { blocks } = renderSlack(message, 'a:k3v9', { native: false, room })
        expect(problemsOfBlocks(blocks, surface)).toEqual([])
      }),
      RUNS,
    )
  })

  it('reads what was typed and chosen, and nothing where nothing was', () => {
    const state = {
      run: { 'exp:pick:run': { type: 'external_select', selected_option: { value: 'churn#1' } } },
      text: { text: { type: 'plain_text_input', value: ' hi ' } },
    }
    expect(valuesOf(state)).toEqual({ run: 'churn#1', text: ' hi ' })
    expect(valuesOf({ run: { x: { selected_option: null } }, text: { y: { value: null } } })).toEqual({
      run: '',
      text: '',
    })
    expect(valuesOf(undefined)).toEqual({})
  })
})
