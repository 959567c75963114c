import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDrawer } from '../../support/drawers.ts'
import type { Fault } from '../../support/fake-discord/faults.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import type { Stored } from '../../support/fake-slack/state.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'

const ANA = 'UANA'

let slack: FakeSlack
let instance: Instance
let clock: TestClock
let channel: string
let drawer: ReturnType<typeof createTestDrawer>

beforeEach(async () => {
  clock = createMovingClock()
  drawer = createTestDrawer()
  slack = await startFakeSlack({ clock })
  channel = slack.state.addChannel('experiments')
  const { botToken, appToken, apiUrl } = slack
  instance = await startInstance(
    { slack: { botToken, appToken, signingSecret: undefined, apiUrl }, postTimeoutMs: 10_000 },
    { clock, drawer },
  )
  await slack.until(() => slack.sockets.open.size === 2)
})

afterEach(async () => {
  await instance?.stop()
  await slack.stop()
})

const textOf = (message: Stored | undefined): string => JSON.stringify(message?.blocks ?? [])
const pictureOf = (message: Stored | undefined) => message?.blocks.find(({ type }) => type === 'image')
const say = (text: string) => slack.slash({ channel, user: ANA, text })
const finish = (accuracy: number) =>
  instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
const calls = (method: string) => slack.state.calls.filter((call) => call === method).length

function answers(words: string): Stored[] {
  return slack.state.messages.filter(
    (message) => message.visibleTo === ANA && textOf(message).includes(words),
  )
}

async function watch(): Promise<void> {
  say('watch churn best')
  await slack.until(() => answers('hears of new bests').length > 0)
}

/** A record, and its post as soon as it is there. */
async function newBest(): Promise<Stored> {
  await finish(0.9)
  await finish(0.95)
  return await slack.until(() => slack.posts(channel)[0])
}

const deliveries = () => instance.app.ctx.db.selectFrom('deliveries')

/** Nothing is to be posted or edited any more. */
async function settled(): Promise<void> {
  const open = async () =>
    await deliveries()
      .select(['status', 'edit_due_at'])
      .where((eb) => eb.or([eb('status', '!=', 'sent'), eb('edit_due_at', 'is not', null)]))
      .execute()
  await expect.poll(open, { timeout: 20_000 }).toEqual([])
}

describe('a new best on Slack', () => {
  it('is one post that shows how the record came about, from a file that nobody else was sent', async () => {
    await watch()
    const post = await newBest()
    const picture = await slack.until(() => pictureOf(post))
    expect(picture).toMatchObject({ slack_file: { id: slack.state.files.all[0]?.id } })
    expect(picture?.alt_text).toBe(
      'The best accuracy so far went from 0.9 to 0.95 in 2 records; marked: churn#2.',
    )
    expect(slack.state.files.all).toHaveLength(1)
    expect(slack.state.files.all[0]).toMatchObject({ complete: true, alt: picture?.alt_text })
    expect(slack.posts(channel)).toHaveLength(1)
    expect(calls('chat.postMessage')).toBe(1)
    expect(slack.state.violations).toEqual([])
  })

  it('that changes within its minute shows another picture', async () => {
    await watch()
    const post = await newBest()
    const before = await slack.until(() => pictureOf(post))
    await finish(0.96)
    clock.advance(60_000)
    await slack.until(() => textOf(post).includes('0.96'))
    const after = pictureOf(post)
    expect(after?.alt_text).toContain('to 0.96 in 3 records')
    expect(after?.slack_file.id).not.toBe(before.slack_file.id)
    expect(slack.posts(channel)).toHaveLength(1)
  })

  it('does not wait while Slack looks at the file: its picture follows by the first of the two edits', async () => {
    await watch()
    slack.state.files.done = false
    const post = await newBest()
    const words = () => JSON.stringify(post.blocks.filter(({ type }) => type !== 'image'))
    expect(words()).toContain('The best accuracy so far went from 0.9 to 0.95')
    await slack.until(() => calls('files.info') >= 2)
    expect(pictureOf(post)).toBeUndefined()
    slack.state.files.done = true
    await slack.until(() => pictureOf(post))
    expect(words()).not.toContain('so far went')
    await settled()
    await finish(0.96)
    clock.advance(60_000)
    await slack.until(() => textOf(post).includes('0.96'))
    await settled()
    expect([calls('chat.postMessage'), calls('chat.update')]).toEqual([1, 2])
    const { edits } = await deliveries().select('edits').executeTakeFirstOrThrow()
    expect(edits).toBe(2)
  })

  it('that is beaten before its picture came shows both at once', async () => {
    await watch()
    slack.state.files.done = false
    const post = await newBest()
    await slack.until(() => calls('files.info') >= 1)
    await finish(0.96)
    const version = async () => (await deliveries().select('version').executeTakeFirst())?.version
    await expect.poll(version).toBe(2)
    slack.state.files.done = true
    await slack.until(() => pictureOf(post) !== undefined && textOf(post).includes('0.96'))
    await settled()
    expect(pictureOf(post)?.alt_text).toContain('to 0.96 in 3 records')
    expect(slack.posts(channel)).toHaveLength(1)
  })

  it('is tried again when Slack says "invalid slack file" for another moment', async () => {
    await watch()
    slack.state.files.early = 2
    const post = await newBest()
    await slack.until(() => pictureOf(post))
    expect([calls('chat.postMessage'), calls('chat.update')]).toEqual([1, 3])
    expect(slack.posts(channel)).toHaveLength(1)
  })
})

describe('a new best goes without its picture, and says in words what it shows,', () => {
  const words = 'The best accuracy so far went from 0.9 to 0.95'
  // Once for the post, and once for the edit that would bring it.
  const twice = (route: RegExp, fault: Fault) => slack.faults.add('POST', route, fault, fault)

  it.each([
    ['the upload fails', () => twice(/^\/upload/, { kind: 'http500' })],
    ['the upload is cut', () => twice(/^\/upload/, { kind: 'resetBeforeStore' })],
    [
      'Slack refuses to take files',
      () => twice(/getUploadURLExternal/, { kind: 'error', code: 0, status: 200 }),
    ],
    ['completing fails', () => twice(/completeUploadExternal/, { kind: 'http500' })],
    ['nothing draws', () => void (drawer.fault = 'throws')],
    ['drawing hangs', () => void (drawer.fault = 'hangs')],
    ['Slack is never done with the file', () => void (slack.state.files.done = false)],
    [
      'completing takes for ever',
      () =>
        slack.faults.add('POST', /completeUploadExternal/, { kind: 'slow', until: new Promise(() => {}) }),
    ],
  ])('when %s', async (_what, breakIt) => {
    await watch()
    breakIt()
    const post = await newBest()
    await settled()
    expect(pictureOf(post)).toBeUndefined()
    expect(textOf(post)).toContain(words)
    expect(slack.posts(channel)).toHaveLength(1)
    expect([calls('chat.postMessage'), calls('chat.update')]).toEqual([1, 0])
  })

  it('when the app may not write files: nothing is tried again for a while', async () => {
    slack.state.scopes.delete('files:write')
    await watch()
    expect(textOf(await newBest())).toContain(words)
    await settled()
    clock.advance(120_000)
    await finish(0.97)
    await slack.until(() => slack.posts(channel).length === 2)
    expect(calls('files.getUploadURLExternal')).toBe(1)
    clock.advance(10 * 60_000)
    slack.state.scopes.add('files:write')
    await finish(0.98)
    await slack.until(() => pictureOf(slack.posts(channel)[2]))
  })

  it('when somebody has deleted the file; the next one has a picture again', async () => {
    await finish(0.9)
    await finish(0.95)
    say('best accuracy in churn')
    await slack.until(() => answers('Best accuracy in churn').length === 1)
    for (const file of slack.state.files.all) file.deleted = true
    say('best accuracy in churn')
    await slack.until(() => answers('Best accuracy in churn').length === 2)
    expect(pictureOf(answers('Best accuracy in churn')[1])).toBeUndefined()
    expect(textOf(answers('Best accuracy in churn')[1])).toContain(words)
    say('best accuracy in churn')
    await slack.until(() => answers('Best accuracy in churn').length === 3)
    expect(pictureOf(answers('Best accuracy in churn')[2])).toBeDefined()
  })
})

describe('an answer on Slack', () => {
  it('shows its chart to the asker alone; the same chart is drawn and uploaded once', async () => {
    await finish(0.9)
    await finish(0.95)
    for (const count of [1, 2, 3]) {
      say('best accuracy in churn')
      await slack.until(() => answers('Best accuracy in churn').length === count)
    }
    const ids = answers('Best accuracy in churn').map((one) => pictureOf(one)?.slack_file.id)
    expect(new Set(ids)).toEqual(new Set([slack.state.files.all[0]?.id]))
    expect(slack.state.files.all).toHaveLength(1)
    expect(drawer.drawn).toBe(1)
    expect(slack.posts(channel)).toEqual([])
  })

  it('that is shared shows the same file to the channel', async () => {
    await finish(0.9)
    await finish(0.95)
    say('leaderboard accuracy in churn')
    const answer = await slack.until(() => answers('Leaderboard')[0])
    slack.click({ message: answer, button: 'share', user: ANA })
    await slack.until(() => slack.posts(channel).length === 1)
    expect(pictureOf(slack.posts(channel)[0])?.slack_file).toEqual(pictureOf(answer)?.slack_file)
    expect(pictureOf(answer)?.alt_text).toContain('churn#2 leads 2 runs by accuracy with 0.95')
    expect(slack.state.files.all).toHaveLength(1)
  })

  it('comes without a picture when nothing draws', async () => {
    drawer.fault = 'hangs'
    await finish(0.9)
    await finish(0.95)
    say('best accuracy in churn')
    await slack.until(() => answers('Best accuracy in churn').length === 1)
    expect(textOf(answers('Best accuracy in churn')[0])).toContain('The best accuracy so far')
    for (const { latencyMs } of slack.state.acks) expect(latencyMs).toBeLessThan(3_000)
  })
})
