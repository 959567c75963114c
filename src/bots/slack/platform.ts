import { App, type Receiver } from '@slack/bolt'
import type { Pictures } from '../../charts/pictures.ts'
import type { SlackConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import type { ChatPlatform } from '../transport.ts'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.ts'
import { registerListeners } from './listeners.ts'
import { slackLogger } from './logger.ts'
import { createSocketReceiver } from './socket-receiver.ts'
import { createSlackTransport, type SlackTransport } from './transport.ts'

const CALL_MS = 15_000

/** Slack: posts through the Web API, hears through Socket Mode or, with a signing secret alone, over HTTP. */
export function openSlack(config: SlackConfig, ctx: Ctx, pictures: Pictures): ChatPlatform {
  const transport = createSlackTransport(config, ctx, CALL_MS, pictures)
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
    onHealth: transport.note,
  })
}

function createApp(
  config: SlackConfig,
  ctx: Ctx,
  transport: SlackTransport,
  receiver: Receiver | HttpReceiver,
): App {
  const app = new App({
    receiver,
    authorize: authorizer(config, transport),
    convoStore: false,
    logger: slackLogger(ctx.log),
    clientOptions: {
      slackApiUrl: config.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: CALL_MS,
    },
  })
  registerListeners(app, ctx, transport)
  return app
}

/** Asked for every event, answered from the first auth.test; a token that fails is asked about again. */
function authorizer(config: SlackConfig, transport: SlackTransport) {
  let identity: Promise<{ botToken: string; botId: string; botUserId: string }> | undefined
  const ask = async () => {
    const { bot_id, user_id } = await transport.client.auth.test()
    return { botToken: config.botToken, botId: bot_id ?? '', botUserId: user_id ?? '' }
  }
  return async () => {
    identity ??= ask()
    try {
      return await identity
    } catch (error) {
      identity = undefined
      transport.note(messageOf(error))
      // Commands and clicks need no identity of ours: they are answered through their response URL.
      return { botToken: config.botToken, botId: '', botUserId: '' }
    }
  }
}
