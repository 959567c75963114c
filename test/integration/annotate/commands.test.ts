import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorWords } from '../../../src/bots/error-words.ts'
import { ask, dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { formView, submitForm } from '../../../src/bots/forms.ts'
import { press } from '../../../src/bots/press.ts'
import { AppError } from '../../../src/errors.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  const runs = Array.from({ length: 12 }, (_, index) => ({
    project: 'churn',
    owner: index % 2 === 0 ? 'ana' : 'bob',
    params: { label_smoothing: index / 10 },
    metrics: { accuracy: 0.9 + index / 1_000 },
  }))
  await seedRuns(test, ...runs, { project: 'my project', metrics: { accuracy: 0.5 } })
})
afterAll(() => test.close())

const bob = asker({ userId: 'U2', name: 'bob' })
const say = (line: string, who = asker()): Promise<Reply> => dispatch(test.ctx, who, line)
const failure = async (line: string, who = asker()): Promise<AppError> => {
  const error = await ask(test.ctx, who, line).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}
// biome-ignore lint: tests look into data of every shape
const dataOf = (reply: Reply) => reply.data as any
const lastAudit = () =>
  test.db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()

describe('note', () => {
  it('is kept with author, account and time, told and audited (D1)', async () => {
    const reply = await say('note churn#1 looks over-fitted, lr<0.01 next')
    expect(dataOf(reply).note).toMatchObject({
      kind: 'note',
      project: 'churn',
      author: 'ana',
      account: 'slack:T1:U1',
      text: 'looks over-fitted, lr<0.01 next',
      runs: ['churn#1'],
      created_at: test.ctx.clock.now().toISOString(),
      edited_at: null,
    })
    expect(reply.message.about).toHaveLength(1)
    expect(wordsOf(reply.message)).toContain('Noted on churn#1')
    expect(await lastAudit()).toMatchObject({
      action: 'note.add',
      actor: 'ana',
      origin: 'slack:T1',
      subject: 'churn#1',
    })
  })

  it.each([
    ['note churn#2 churn#3 both of them', ['churn#2', 'churn#3'], 'both of them'],
    [
      'note churn#2..4 "before the tokenizer fix"',
      ['churn#2', 'churn#3', 'churn#4'],
      'before the tokenizer fix',
    ],
    ['note churn#2, #3: colon', ['churn#2'], '#3: colon'],
    ['note churn#2 #3 apart', ['churn#2', 'churn#3'], 'apart'],
    ['note churn#2 "#3 was better"', ['churn#2'], '#3 was better'],
    ['note "my project#1" said', ['my project#1'], 'said'],
    ['note churn#2..400 long', Array.from({ length: 11 }, (_, index) => `churn#${index + 2}`), 'long'],
    ['note churn#2 it\'s 5" wide', ['churn#2'], 'it\'s 5" wide'],
    ['note churn#2 decade', ['churn#2'], 'decade'],
    ['note churn#2 "one" and "two"', ['churn#2'], '"one" and "two"'],
  ])('reads %s (D4)', async (line, runs, text) => {
    expect(dataOf(await say(line)).note).toMatchObject({ runs, text })
  })

  it('without a text offers the form, on several runs too', async () => {
    const reply = await say('note churn#2..4')
    const opened = await press(test.ctx, asker(), `a:${reply.answerId}`, 'write')
    if (opened.kind !== 'form') throw new Error(opened.kind)
    expect((await formView(test.ctx, asker(), opened.form)).title).toBe('Note on 3 runs')
    const receipt = await submitForm(test.ctx, asker(), opened.form, { text: 'by the form' })
    expect(dataOf(receipt).note.runs).toEqual(['churn#2', 'churn#3', 'churn#4'])
    const bare = await say('note')
    expect(buttonsOf(bare.message)[0]?.action).toEqual({ do: 'form', form: {} })
  })

  it.each([
    ['note churn#99 x', 'run', 'churn#99'],
    ['note chrun#1 x', 'project', 'chrun'],
    ['note churn#90..99 x', 'run', 'churn#90..99'],
    ['note only words', 'run', undefined],
  ])('names what is wrong with %s', async (line, field, value) => {
    const { details } = await failure(line)
    expect(details).toMatchObject({ field, ...(value === undefined ? {} : { value }) })
  })

  it('is of runs of one project', async () => {
    expect(await failure('note churn#1 "my project"#1 x')).toMatchObject({
      details: { field: 'run' },
      message: expect.stringMatching(/different projects/),
    })
  })

  it('of a token of one project cannot reach another, and a reading token writes none', async () => {
    const { id } = await test.db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'my project')
      .executeTakeFirstOrThrow()
    expect((await failure('note churn#1 x', asker({ projectId: id }))).code).toBe('not_found')
    expect((await failure('note churn#1 x', asker({ readOnly: true }))).code).toBe('forbidden')
    await expect(
      submitForm(test.ctx, asker({ readOnly: true }), { run: 'churn#1' }, { text: 'x' }),
    ).rejects.toThrow(/only read/)
  })
})

describe("a note's form", () => {
  it('changes a note of one’s own, and nobody else’s (D1)', async () => {
    const reply = await say('note churn#5 first words')
    const { id } = dataOf(reply).note
    const shown = await say('show churn#5')
    const edit = buttonsOf(shown.message).find((one) => one.id === `edit-${id}`)
    expect(edit?.label).toBe('Edit: first words')
    const view = await formView(test.ctx, asker(), { note: id })
    expect(view).toMatchObject({ title: 'Edit note', fields: [{ id: 'text', value: 'first words' }] })
    test.advance(60_000)
    const changed = await submitForm(test.ctx, asker(), { note: id }, { text: 'better words' })
    expect(dataOf(changed).note).toMatchObject({ text: 'better words', edited_at: expect.any(String) })

    expect(buttonsOf((await say('show churn#5', bob)).message).map((one) => one.id)).not.toContain(
      `edit-${id}`,
    )
    await expect(formView(test.ctx, bob, { note: id })).rejects.toThrow('This note is by ana')
    await expect(submitForm(test.ctx, bob, { note: id }, { text: 'mine' })).rejects.toThrow('by ana')
    expect(wordsOf((await say('show churn#5', bob)).message)).toContain('better words')
  })

  it('belongs to the person, whichever account they linked', async () => {
    const { id } = dataOf(await say('note churn#5 from Slack', asker({ userId: 'U8', name: 'cy' }))).note
    const discord = asker({ platform: 'discord', workspace: '99', userId: '8', name: 'cy' })
    await expect(formView(test.ctx, discord, { note: id })).rejects.toThrow('by cy')
    const person = await test.db
      .insertInto('people')
      .values({ name: 'cyril', created_at: new Date() })
      .returning('id')
      .executeTakeFirstOrThrow()
    const link = { person_id: person.id, created_at: new Date() }
    await test.db
      .insertInto('people_accounts')
      .values([
        { platform: 'slack', workspace: 'T1', account: 'U8', ...link },
        { platform: 'discord', workspace: '99', account: '8', ...link },
      ])
      .execute()
    expect((await formView(test.ctx, discord, { note: id })).fields[0]?.value).toBe('from Slack')
    expect(dataOf(await say('note churn#5 again', discord)).note.author).toBe('cyril')
  })

  it('fits every platform, and names the field that is wrong', async () => {
    const view = await formView(test.ctx, asker(), {})
    expect(view.fields.map(({ id }) => id)).toEqual(['run', 'text'])
    for (const form of [{}, { run: 'churn#1' }, { run: '"my project#1"' }]) {
      const { title, submit, fields } = await formView(test.ctx, asker(), form)
      expect(Math.max(title.length, submit.length)).toBeLessThanOrEqual(24)
      for (const field of fields) {
        expect(field.label.length).toBeLessThanOrEqual(45)
        expect((field.hint ?? '').length).toBeLessThanOrEqual(100)
        expect(field.max).toBeLessThanOrEqual(3_000)
      }
    }
    const wrong = (form: object, values: Record<string, string>) =>
      submitForm(test.ctx, asker(), form, values).then(
        () => undefined,
        (error: AppError) => error.details.field,
      )
    expect(await wrong({}, { run: 'churn#1', text: ' ' })).toBe('text')
    expect(await wrong({}, { run: '', text: 'x' })).toBe('run')
    expect(await wrong({}, { run: 'churn#77', text: 'x' })).toBe('run')
    expect(await wrong({}, { run: 'churn#1 or so', text: 'x' })).toBe('run')
    expect(await wrong({ run: 'churn#1' }, { text: 'x'.repeat(10_001) })).toBe('text')
  })
})

describe('where notes show', () => {
  it('in show with author and age, in best and compare the newest with their number', async () => {
    await say('note churn#12 the first')
    await say('note churn#12 *the* newest', bob)
    test.advance(2 * 3_600_000)
    const show = wordsOf((await say('show churn#12')).message)
    expect(show).toMatch(/the\s+newest.*bob, 2 h ago/)
    expect(show).toContain('the first')
    for (const line of ['best accuracy in churn', 'compare churn#12 churn#11']) {
      const words = wordsOf((await say(line)).message)
      expect(words).toMatch(/Note on churn#12:\s+the\s+newest\s+\(bob, 2 h ago; \d notes\)/)
      expect(words).not.toContain('the first')
    }
    const best = await say('best accuracy in churn')
    expect(buttonsOf(best.message).map(({ id }) => id)).toEqual(['compare', 'show', 'note', 'share'])
    expect(buttonsOf(best.message)[2]?.action).toEqual({ do: 'form', form: { run: 'churn#12' } })
  })
})

describe('tag', () => {
  it('gives and takes, words and values, on several runs (D7)', async () => {
    const { data, message } = await say('tag churn#6 #7 ablation stage=final "needs a=b" note="two words"')
    expect((data as { runs: object[] }).runs).toMatchObject([
      { ref: 'churn#6', tags: { ablation: '', stage: 'final', 'needs a=b': '', note: 'two words' } },
      { ref: 'churn#7' },
    ])
    expect(wordsOf(message)).toContain('stage: final')
    expect(dataOf(await say('runs in churn tag:ablation')).runs).toHaveLength(2)
    expect(dataOf(await say('runs in churn tag:stage=final')).runs).toHaveLength(2)
    const less = await say('tag churn#6 -ablation -absent')
    expect(dataOf(less)).toMatchObject({ missing: ['absent'] })
    expect(dataOf(less).runs[0].tags).not.toHaveProperty('ablation')
    expect(dataOf(await say('runs in churn tag:ablation')).runs).toHaveLength(1)
    expect(await lastAudit()).toMatchObject({
      action: 'run.tag',
      subject: 'churn#6',
      details: { set: {}, remove: ['ablation', 'absent'] },
    })
    expect(wordsOf((await say('tag churn#6')).message)).toContain('stage: final')
    expect(wordsOf((await say('show churn#6')).message)).toContain('stage: final')
  })

  it('shows labels among tags, finds and takes them off alike (D3)', async () => {
    const key = await test.db.selectFrom('runs').selectAll().where('number', '=', 8).executeTakeFirstOrThrow()
    await test.db
      .insertInto('run_labels')
      .values({
        project_id: key.project_id,
        run_id: key.id,
        label: 'keep',
        account: 'slack:T1:U1',
        source: 'x',
        present: true,
        version: 1,
        at: new Date(),
      })
      .execute()
    expect(dataOf(await say('runs in churn tag:keep')).runs).toMatchObject([
      { ref: 'churn#8', labels: ['keep'] },
    ])
    expect(wordsOf((await say('show churn#8')).message)).toMatch(/Tags\s+keep/)
    expect(dataOf(await say('tag churn#8 -keep'))).toMatchObject({ missing: [], runs: [{ labels: [] }] })
    expect(dataOf(await say('runs in churn tag:keep')).runs).toEqual([])
    expect(errorWords(await failure('tag churn#8 -invalid'))).toContain('/exp invalidate undo')
  })
})

describe('star', () => {
  it('is put and taken, and says how it is (D7)', async () => {
    const reply = await say('star churn#9 churn#10')
    expect(wordsOf(reply.message)).toContain('churn#9, churn#10 have a star now.')
    expect(wordsOf((await say('star churn#9')).message)).toContain('churn#9 has a star already.')
    expect(dataOf(await say('runs in churn is:starred')).runs).toHaveLength(2)
    const back = await press(test.ctx, asker(), `a:${reply.answerId}`, 'back')
    expect(back).toMatchObject({ kind: 'reply', reply: { data: { starred: false, changed: 2 } } })
    await say('star churn#9')
    expect(wordsOf((await say('unstar churn#9')).message)).toContain('churn#9 has no star now.')
    expect(await lastAudit()).toMatchObject({ action: 'run.unstar', subject: 'churn#9' })
    expect((await failure('star churn#9 please')).details).toMatchObject({ token: 'please' })
  })
})

describe('learned and tried', () => {
  it('keep and find again what was learned, the best fitting first (D6)', async () => {
    const kept = await say('learned "label smoothing hurts below 10k rows" churn#3 churn#9')
    expect(dataOf(kept).note).toMatchObject({
      kind: 'learning',
      runs: ['churn#3', 'churn#9'],
      text: 'label smoothing hurts below 10k rows',
    })
    await say('learned warm-up of label smoothing is worth it in churn')
    await say('learned nothing about it, in general in churn')
    await say('note churn#4 smoothed labels, no gain')
    const found = await say('tried label smoothing')
    expect(dataOf(found).learnings.map(({ text }: { text: string }) => text)).toEqual([
      'warm-up of label smoothing is worth it',
      'label smoothing hurts below 10k rows',
    ])
    expect(dataOf(found).notes).toMatchObject([{ text: 'smoothed labels, no gain', runs: ['churn#4'] }])
    // Every run has the param; the newest come first.
    expect(dataOf(found).runs.map(({ ref }: { ref: string }) => ref)).toEqual(
      [12, 11, 10, 9, 8].map((number) => `churn#${number}`),
    )
    const words = wordsOf(found.message)
    for (const part of ['Learnings', 'hurts below 10k rows', 'on churn#3, churn#9', 'Notes', 'Runs'])
      expect(words).toContain(part)
    expect(words.indexOf('Learnings')).toBeLessThan(words.indexOf('Notes'))
  })

  it('read the project where it is one, and words where it is none', async () => {
    expect(dataOf(await say('learned dropout helps in general in churn')).note).toMatchObject({
      project: 'churn',
      text: 'dropout helps in general',
    })
    const use = asker({ channel: 'C-churn' })
    await say('use churn', use)
    expect(dataOf(await say('learned dropout never helps in practice', use)).note.text).toBe(
      'dropout never helps in practice',
    )
    expect((await failure('learned dropout never helps in practice')).details).toMatchObject({
      field: 'project',
    })
    expect((await failure('learned "x" in chrun')).details).toMatchObject({ suggestions: ['churn'] })
    expect((await failure('learned "x" y churn#1')).details).toMatchObject({ token: 'y' })
    expect((await failure('learned "x" churn#1 in "my project"')).message).toBe(
      'These runs are not of my project.',
    )
    expect(dataOf(await say('learned "of that project" #1 in "my project"')).note.runs).toEqual([
      'my project#1',
    ])
  })

  it('say when nothing is known, when only some words are, and when there is nothing to look for', async () => {
    expect(wordsOf((await say('tried quantum annealing')).message)).toContain('Nothing is known of it')
    const loose = await say('tried dropout annealing')
    expect(dataOf(loose)).toMatchObject({ loose: true })
    expect(wordsOf(loose.message)).toContain('this holds some')
    expect((await failure('tried the of and')).message).toContain('nothing to look for')
    expect((await failure('tried')).message).toContain('tried <words>')
  })

  it('find runs by name and tag, failed and invalid ones too', async () => {
    await seedRuns(test, { project: 'churn', name: 'mixup-net', status: 'failed' })
    await say('tag churn#2 mixup=0.2')
    const { runs } = dataOf(await say('tried mixup in churn'))
    expect(runs.map(({ ref, status }: { ref: string; status: string }) => [ref, status])).toEqual([
      ['churn#13', 'failed'],
      ['churn#2', 'finished'],
    ])
  })

  it('see no other project with a token of one', async () => {
    const { id } = await test.db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'my project')
      .executeTakeFirstOrThrow()
    const found = await say('tried label smoothing', asker({ projectId: id }))
    expect(dataOf(found)).toMatchObject({ learnings: [], notes: [], runs: [] })
  })
})
