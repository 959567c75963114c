import { Client, Events, GatewayIntentBits } from 'discord.js'
import type { Pictures } from '../../charts/pictures.ts'
import type { DiscordConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import type { ChatPlatform } from '../transport.ts'
import { handleInteraction } from './interactions.ts'
import { registerCommands } from './register-commands.ts'
import { createDiscordTransport, type DiscordTransport } from './transport.ts'

const CALL_MS = 15_000
const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000

/** Discord: posts through REST, hears through the gateway, and needs no privileged intent for commands. */
export function openDiscord(config: DiscordConfig, ctx: Ctx, pictures: Pictures): ChatPlatform {
  const transport = createDiscordTransport(config, CALL_MS, pictures)
  const gateway = new Gateway(config, ctx, transport)
  return {
    transport,
    listen: async () => gateway.start(),
    stop: () => gateway.stop(),
  }
}

/** Logs in, again and again when it must: a bad token or no network never stops the process. */
class Gateway {
  readonly #config: DiscordConfig
  readonly #ctx: Ctx
  readonly #transport: DiscordTransport
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  readonly #inFlight = new Set<Promise<void>>()

  constructor(config: DiscordConfig, ctx: Ctx, transport: DiscordTransport) {
    this.#config = config
    this.#ctx = ctx
    this.#transport = transport
  }

  start(failures = 0): void {
    void this.#login(failures)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.race([
      Promise.allSettled(this.#inFlight),
      new Promise((resolve) => setTimeout(resolve, 5_000).unref()),
    ])
    await this.#client?.destroy()
  }

  async #login(failures: number): Promise<void> {
    const client = this.#createClient()
    this.#client = client
    try {
      await client.login(this.#config.token)
      this.#transport.note(undefined)
    } catch (error) {
      const reason = messageOf(error)
      this.#ctx.log.warn({ reason }, 'Discord: no log-in, it is tried again')
      this.#transport.note(reason)
      await client.destroy().catch(() => {})
      this.#again(failures + 1)
    }
  }

  #again(failures: number): void {
    if (this.#stopped) return
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 5))
    this.#timer = setTimeout(() => this.start(failures), delay)
  }

  #createClient(): Client {
    const { apiUrl } = this.#config
    const client = new Client({
      intents: [GatewayIntentBits.Guilds],
      rest: { api: apiUrl, timeout: CALL_MS },
    })
    client.once(Events.ClientReady, (ready) => {
      this.#track(registerCommands(this.#transport.rest, ready.application.id, this.#ctx.log))
    })
    client.on(Events.InteractionCreate, (interaction) => {
      this.#track(handleInteraction(this.#ctx, this.#transport, interaction))
    })
    client.on(Events.Error, (error) => this.#ctx.log.warn({ error: error.message }, 'Discord'))
    client.on(Events.ShardError, (error) => this.#ctx.log.debug({ error: error.message }, 'Discord gateway'))
    client.on(Events.ShardDisconnect, (event) => this.#transport.note(`gateway closed (${event.code})`))
    client.on(Events.ShardReady, () => this.#transport.note(undefined))
    client.on(Events.ShardResume, () => this.#transport.note(undefined))
    client.on(Events.Invalidated, () => {
      this.#transport.note('the session was invalidated')
      this.#again(1)
    })
    return client
  }

  #track(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) =>
      this.#ctx.log.error({ error: messageOf(error) }, 'Discord: something was not handled'),
    )
    this.#inFlight.add(guarded)
    void guarded.finally(() => this.#inFlight.delete(guarded))
  }
}
