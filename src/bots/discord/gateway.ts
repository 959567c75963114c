import { Client, Events, GatewayCloseCodes, GatewayIntentBits, Options } from 'discord.js'
import type { DiscordConfig } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'
import { hearMessages } from './receive-messages.ts'
import { hearReactions } from './receive-reactions.ts'
import { handleInteraction } from './interactions.ts'
import { registerCommands } from './register-commands.ts'
import type { DiscordTransport } from './transport.ts'

const CALL_MS = 15_000
const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000
const STOP_MS = 5_000

const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
]

/** Said once in the log, and for as long as it is so in the health of the connection. */
export const NO_CONTENT =
  'replies cannot be read without the message-content intent: use Annotate or /exp note'

/**
 * Logs in, again and again when it must: a bad token or no network never stops the process. The message-content
 * intent has to be switched on in Discord's portal; where it is not, everything else works without it.
 */
export class Gateway {
  readonly #config: DiscordConfig
  readonly #ctx: Ctx
  readonly #transport: DiscordTransport
  #client: Client | undefined
  #loggedIn: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #readsContent = true
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
      new Promise((resolve) => setTimeout(resolve, STOP_MS).unref()),
    ])
    await this.#client?.destroy()
  }

  async #login(failures: number): Promise<void> {
    const client = this.#createClient()
    this.#client = client
    try {
      await client.login(this.#config.token)
      this.#loggedIn = client
      this.#transport.setProblem(undefined)
    } catch (error) {
      await client.destroy().catch(() => {})
      if (this.#stopped) return
      const reason = messageOf(error)
      if (/disallowed intents/i.test(reason) && this.#doWithoutContent()) return await this.#login(failures)
      this.#ctx.log.warn({ reason }, 'Discord: no log-in, it is tried again')
      this.#transport.setProblem(reason)
      this.#again(failures + 1)
    }
  }

  /** @returns false when it was not asked for: then another intent was refused */
  #doWithoutContent(): boolean {
    if (!this.#readsContent) return false
    this.#readsContent = false
    this.#transport.restrict(NO_CONTENT)
    const fix = 'Switch Message Content Intent on in the developer portal, under Bot, and restart.'
    this.#ctx.log.warn({ fix }, `Discord: ${NO_CONTENT}`)
    return true
  }

  /** A close after which the library gives up; while logging in, the log-in itself fails with it. */
  #onDisconnect(client: Client, code: number): void {
    if (this.#client !== client || this.#stopped) return
    this.#transport.setProblem(`gateway closed (${code})`)
    if (this.#loggedIn !== client) return
    this.#loggedIn = undefined
    void client.destroy().catch(() => {})
    if (code === Number(GatewayCloseCodes.DisallowedIntents) && this.#doWithoutContent()) this.start()
    else this.#again(1)
  }

  #again(failures: number): void {
    if (this.#stopped) return
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 5))
    this.#timer = setTimeout(() => this.start(failures), delay)
  }

  #createClient(): Client {
    const client = new Client({
      intents: this.#readsContent ? [...INTENTS, GatewayIntentBits.MessageContent] : INTENTS,
      rest: { api: this.#config.apiUrl, timeout: CALL_MS },
      // No answer pings anybody, even one that forgets to say so.
      allowedMentions: { parse: [], repliedUser: false },
      // Messages and reactions are read from what the gateway sends, old ones too; none is kept.
      makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    })
    client.once(Events.ClientReady, (ready) => {
      this.#track(registerCommands(this.#transport.rest, ready.application.id, this.#ctx.log))
    })
    client.on(Events.InteractionCreate, (interaction) => {
      this.#track(handleInteraction(this.#ctx, this.#transport, interaction))
    })
    const hearing = {
      ctx: this.#ctx,
      client,
      readsContent: () => this.#readsContent,
      track: (work: Promise<void>) => this.#track(work),
    }
    hearMessages(hearing)
    hearReactions(hearing)
    client.on(Events.Error, (error) => this.#ctx.log.warn({ error: error.message }, 'Discord'))
    client.on(Events.ShardError, (error) => this.#ctx.log.debug({ error: error.message }, 'Discord gateway'))
    client.on(Events.ShardDisconnect, ({ code }) => this.#onDisconnect(client, code))
    client.on(Events.ShardReady, () => this.#transport.setProblem(undefined))
    client.on(Events.ShardResume, () => this.#transport.setProblem(undefined))
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
