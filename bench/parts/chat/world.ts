import { type FakeSlack, startFakeSlack } from '../../../test/support/fake-slack/start.ts'
import { createClient } from '../../harness/load.ts'
import type { Bench } from '../../harness/measure.ts'
import { startServer } from '../../harness/server.ts'

/** A server whose Slack is a fake one in this process. */
export interface World {
  slack: FakeSlack
  url: string
  client: ReturnType<typeof createClient>
}

export const USER = 'U0ANA'

/** Slack's own limit of one post a second and channel is kept. */
export async function startWorld(bench: Bench, env: Record<string, string>): Promise<World> {
  const slack = await startFakeSlack()
  bench.onEnd(() => slack.stop())
  slack.limiter.perSecond = true
  const server = await startServer(bench, {
    ...env,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  })
  await slack.until(() => slack.sockets.open.size === 2)
  const client = createClient(server.url, 1)
  bench.onEnd(() => client.close())
  return { slack, url: server.url, client }
}

/** Types a command. @returns milliseconds until it was acknowledged, and until its answer was seen */
export async function type(
  { slack }: World,
  channel: string,
  text: string,
): Promise<{ acked: number; answered: number }> {
  const { messages } = slack.state
  const seen = messages.length
  const begun = performance.now()
  const id = slack.slash({ channel, user: USER, text })
  await slack.until(() => slack.state.acks.findLast((ack) => ack.id === id))
  const acked = performance.now() - begun
  await slack.until(() =>
    messages.slice(seen).some((message) => message.channel === channel && message.visibleTo === USER),
  )
  return { acked, answered: performance.now() - begun }
}

/** Records a finished run. */
export async function finish({ client }: World, project: string, accuracy: number): Promise<void> {
  const body = JSON.stringify({
    project,
    name: 'wide-net',
    owner: 'ana',
    status: 'finished',
    params: { lr: accuracy / 100, layers: 4 },
    metrics: { accuracy },
  })
  await client.call({ method: 'POST', path: '/api/v1/runs', body })
}
