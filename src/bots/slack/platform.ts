import { App, type Receiver } from '@slack/bolt'
import type { Pictures } from '../../charts/pictures.ts'
import type { SlackConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import type { ChatPlatform } from '../transport.ts'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.ts'
import { createIdentity, type WhoWeAre } from './identity.ts'
import { registerListeners } from './listeners.ts'
import { slackLogger } from './logger.ts'
import { createPeople } from './people.ts'
import { createSocketReceiver } from './socket-receiver.ts'
import { createSlackTransport, type SlackTransport } from './transport.ts'

const CALL_MS = 15_000

/**
 * Slack: posts through the Web API, hears through Socket Mode or, with a signing secret alone, over HTTP.
 * @param postIntervalMs the least time between two posts in a channel; by default Slack's own limit
 */
export function openSlack(
  config: SlackConfig,
  ctx: Ctx,
  pictures: Pictures,
  postIntervalMs?: number,
): ChatPlatform {
  const transport = createSlackTransport(config, ctx, CALL_MS, pictures, postIntervalMs)
  const http =
    config.appToken === undefined && config.signingSecret !== undefined
      ? createHttpReceiver(config.signingSecret, ctx)
      : undefined
  let app: App | undefined
  const platform: ChatPlatform = {
    transport,
    listen: async () => {
      app = createApp(config, ctx, transport, http ?? socketReceiver(config, ctx, transport))
      await app.start()
    },
    stop: async () => {
      await app?.stop()
    },
  }
  if (http === undefined) return platform
  return { ...platform, requestListener: http.requestListener }
}

function socketReceiver(config: SlackConfig, ctx: Ctx, transport: SlackTransport): Receiver {
  return createSocketReceiver({
    appToken: config.appToken ?? '',
    apiUrl: config.apiUrl,
    log: ctx.log,
    onHealth: transport.setProblem,
  })
}

function createApp(
  config: SlackConfig,
  ctx: Ctx,
  transport: SlackTransport,
  receiver: Receiver | HttpReceiver,
): App {
  const whoWeAre = createIdentity(transport.client, transport.setProblem)
  const app = new App({
    receiver,
    authorize: async () => await authorized(config, whoWeAre),
    convoStore: false,
    extendedErrorHandler: true,
    logger: slackLogger(ctx.log),
    clientOptions: {
      slackApiUrl: config.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: CALL_MS,
    },
  })
  const { client } = transport
  registerListeners(app, { ctx, client, transport, people: createPeople(client, ctx), whoWeAre })
  return app
}

/** Commands and clicks need no identity of ours: they are answered through their response URL. */
async function authorized({ botToken }: SlackConfig, whoWeAre: WhoWeAre) {
  const { botId = '', botUserId = '' } = (await whoWeAre()) ?? {}
  return { botToken, botId, botUserId }
}
