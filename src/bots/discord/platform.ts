import type { Pictures } from '../../charts/pictures.ts'
import type { DiscordConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import type { ChatPlatform } from '../transport.ts'
import { Gateway } from './gateway.ts'
import { createDiscordTransport } from './transport.ts'

const CALL_MS = 15_000

/** Discord: posts through REST, hears through the gateway. */
export function openDiscord(config: DiscordConfig, ctx: Ctx, pictures: Pictures): ChatPlatform {
  const transport = createDiscordTransport(config, CALL_MS, pictures)
  const gateway = new Gateway(config, ctx, transport)
  return {
    transport,
    listen: async () => gateway.start(),
    stop: () => gateway.stop(),
  }
}
