import type { WebClient } from '@slack/web-api'
import type { Ctx } from '../../context.ts'
import type { WhoWeAre } from './identity.ts'
import type { People } from './people.ts'
import type { SlackTransport } from './transport.ts'

/** What the listeners work with. */
export interface Bot {
  ctx: Ctx
  client: WebClient
  transport: SlackTransport
  people: People
  whoWeAre: WhoWeAre
}
