import type { DiscordConfig } from '../config.ts'
import type { PostedChannel } from '../domain/channels/posted-channels.ts'
import type { Finding } from './finding.ts'

/** Whether Discord answers, what of it is granted, and whether each channel can be posted to. */
export async function checkDiscord(
  config: DiscordConfig | undefined,
  channels: PostedChannel[],
): Promise<Finding[]> {
  const name = 'Discord'
  if (config === undefined) return [{ name, ok: true, detail: 'off: DISCORD_TOKEN is not set' }]
  const { inspectDiscord } = await import('../bots/discord/inspect.ts')
  return (await inspectDiscord(config, channels)).map((finding) => ({ name, ...finding }))
}
