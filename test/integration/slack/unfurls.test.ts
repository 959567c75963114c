import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { slackManifest } from '../../../src/bots/slack/manifest.ts'
import { startFakeSlack } from '../../support/fake-slack/start.ts'
import type { Stored } from '../../support/fake-slack/state.ts'
import { ANA, BOB, type SlackTeam, startSlackTeam } from '../../support/slack-team.ts'

let team: SlackTeam

beforeEach(async () => {
  team = await startSlackTeam()
  const run = { project: 'my churn', name: '<!channel> *wide* net', owner: 'ana', metrics: { accuracy: 0.9 } }
  await team.instance.finish(run)
  await team.instance.finish({ ...run, name: 'second' })
  await team.instance.finish({ ...run, name: 'third' })
})

afterEach(() => team.stop())

const url = (number: number) => `https://tracker.example/p/my%20churn/runs/${number}`
const settled = () => team.slack.until(() => team.slack.sockets.unacknowledged === 0)
const MINUTE = 60_000

async function shared(user: string, ...urls: string[]): Promise<Stored> {
  const message = team.slack.shareLinks(team.channel, user, ...urls)
  await settled()
  return message
}

const preview = (message: Stored, at: string) => JSON.stringify(message.unfurls.get(at)?.blocks ?? [])

describe('the address of a run in a message', () => {
  it('is shown with state, best metric, owner and age, literally (C8)', async () => {
    const message = await shared(ANA, `${url(1)}?from=mail&x=1#curves`)
    const [key = ''] = message.unfurls.keys()
    expect(key).toBe(`${url(1)}?from=mail&x=1#curves`)
    const shown = preview(message, key)
    for (const word of [
      'my churn#1',
      'finished just now',
      'accuracy 0.9 (best)',
      'ana',
      '<!channel> *wide* net',
    ])
      expect(shown).toContain(word)
    expect(shown).not.toContain('mrkdwn')
    expect(message.unfurls.get(key)?.fallback).toBe(
      'my churn#1: finished just now, ran 0 s, accuracy 0.9 (best)',
    )
    expect(team.slack.posts(team.channel)).toEqual([])
  })

  it('is not shown within half an hour of the last time in that channel, and again afterwards', async () => {
    expect((await shared(ANA, url(1))).unfurled).toBe(1)
    team.clock.advance(29 * MINUTE)
    expect((await shared(BOB, url(1))).unfurled).toBe(0)
    expect((await shared(BOB, url(1), url(2))).unfurls.has(url(2))).toBe(true)
    const elsewhere = team.slack.state.addChannel('elsewhere')
    const other = team.slack.shareLinks(elsewhere, BOB, url(1))
    await settled()
    expect(other.unfurled).toBe(1)
    team.clock.advance(2 * MINUTE)
    expect((await shared(BOB, url(1))).unfurled).toBe(1)
  })

  it('is not shown among three links or more, nor when it leads to no run', async () => {
    expect((await shared(ANA, url(1), url(2), url(3))).unfurled).toBe(0)
    for (const other of [
      url(99),
      'https://tracker.example/p/nothing/runs/1',
      'https://tracker.example/p/my%20churn',
      'https://tracker.example/p/my%20churn/runs/1/part',
      'https://tracker.example/p/%E0%A4%A/runs/1',
    ])
      expect((await shared(ANA, other)).unfurled).toBe(0)
    expect(team.slack.state.calls).not.toContain('chat.unfurl')
  })

  it('is shown once for one message, whoever links to it twice and however often Slack tells', async () => {
    const { body, message } = team.slack.events.shareLinks(team.channel, ANA, [url(1), `${url(1)}?again`])
    team.slack.emit(body)
    await settled()
    team.slack.emit(body)
    team.slack.emit({ ...body, event_id: 'Ev-again' })
    await settled()
    expect([...message.unfurls.keys()]).toEqual([url(1)])
  })

  it.each(['http429', 'http500'] as const)('comes again with the event after %s', async (kind) => {
    team.slack.faults.add('POST', /^\/chat\.unfurl/, kind === 'http429' ? { kind, retryAfter: 1 } : { kind })
    const message = team.slack.shareLinks(team.channel, ANA, url(1))
    await team.slack.until(() => team.slack.state.calls.includes('chat.unfurl'))
    expect(message.unfurled).toBe(0)
    expect(team.slack.sockets.unacknowledged).toBe(1)
    team.slack.sockets.redeliver()
    await settled()
    expect(message.unfurled).toBe(1)
  })

  it('does without a preview where Slack does not allow one', async () => {
    team.slack.state.scopes.delete('links:write')
    expect((await shared(ANA, url(1))).unfurled).toBe(0)
    expect(team.slack.sockets.unacknowledged).toBe(0)
  })

  it('says so when the run was marked as invalid', async () => {
    team.slack.slash({ channel: team.channel, user: ANA, text: 'invalidate "my churn#1" label leak' })
    await team.answerHolding('label leak')
    const message = await shared(ANA, url(1))
    expect(preview(message, url(1))).toContain('label leak')
    expect(message.unfurls.get(url(1))?.fallback).toContain('my churn#1: invalid, finished')
  })

  it('has its curve as soon as that is drawn and uploaded, without waiting for it', async () => {
    const { run } = (await (
      await team.instance.api('POST', '/api/v1/runs', { project: 'curves', owner: 'ana' })
    ).json()) as { run: { id: string } }
    const points = Array.from({ length: 20 }, (_, step) => ({ name: 'accuracy', value: step / 20, step }))
    await team.instance.api('POST', `/api/v1/runs/${run.id}/metrics`, { points })
    const at = 'https://tracker.example/p/curves/runs/1'
    const message = await shared(ANA, at)
    expect(preview(message, at)).toContain('running for')
    await team.slack.until(() => preview(message, at).includes('"slack_file"'))
    expect(message.unfurled).toBe(2)
  })

  it('is shown to whoever is still writing, once in half an hour too', async () => {
    const compose = async () => {
      team.slack.composeLinks(ANA, url(1))
      await settled()
      return [...team.slack.state.composing.values()].at(-1)
    }
    expect((await compose())?.unfurls.size).toBe(1)
    expect((await compose())?.unfurls.size).toBe(0)
    expect((await shared(ANA, url(1))).unfurled).toBe(1)
  })

  it('is shown once by several processes that hear of it at the same time', async () => {
    const { ctx } = team.instance.app
    const { claimUnfurl } = await import('../../../src/domain/unfurls/claim-unfurl.ts')
    const { findRun } = await import('../../../src/domain/runs/read/find-run.ts')
    const key = await findRun(ctx, 'my churn#1')
    const claims = Array.from({ length: 20 }, (_, index) =>
      claimUnfurl(ctx, key, { platform: 'slack', workspace: 'T1', place: 'C1', message: `${index}.1` }),
    )
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
  })
})

describe('a tracker without a domain', () => {
  it('hears of no links', async () => {
    const slack = await startFakeSlack({
      manifest: slackManifest({ publicUrl: 'http://127.0.0.1:3000', slack: undefined }),
    })
    const channel = slack.state.addChannel('experiments')
    expect(() => slack.events.shareLinks(channel, ANA, ['http://127.0.0.1:3000/p/x/runs/1'])).toThrow(
      'domain',
    )
    await slack.stop()
  })
})
