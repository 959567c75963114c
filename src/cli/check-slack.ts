import type { Config } from '../config.ts'
import type { PostedChannel } from '../domain/channels/posted-channels.ts'
import type { Finding } from './finding.ts'

/** Whether Slack answers, what of it is granted, and whether each channel can be posted to. */
export async function checkSlack(
  { slack, publicUrl }: Pick<Config, 'slack' | 'publicUrl'>,
  channels: PostedChannel[],
): Promise<Finding[]> {
  const name = 'Slack'
  if (slack === undefined) return [{ name, ok: true, detail: 'off: SLACK_BOT_TOKEN is not set' }]
  const { inspectSlack } = await import('../bots/slack/inspect.ts')
  return (await inspectSlack(slack, publicUrl, channels)).map((finding) => ({ name, ...finding }))
}
