import type { WebClient } from '@slack/web-api'
import { messageOf } from '../../errors.ts'

/** Who the bot is in its workspace. */
export interface Identity {
  team: string
  /** The organisation of several workspaces, where there is one. */
  enterprise: string | undefined
  botId: string
  botUserId: string
  /** 'https://team.slack.com/' */
  url: string
}

/** Asked of Slack once; while that fails it is asked again. Undefined until Slack has answered. */
export type WhoWeAre = () => Promise<Identity | undefined>

export function createIdentity(client: WebClient, onProblem: (problem: string) => void): WhoWeAre {
  let known: Promise<Identity> | undefined
  return async () => {
    known ??= ask(client)
    try {
      return await known
    } catch (error) {
      known = undefined
      onProblem(messageOf(error))
      return undefined
    }
  }
}

async function ask(client: WebClient): Promise<Identity> {
  const { team_id = '', enterprise_id, bot_id = '', user_id = '', url = '' } = await client.auth.test()
  return { team: team_id, enterprise: enterprise_id, botId: bot_id, botUserId: user_id, url }
}

/**
 * Whether something comes from our own workspace and from one of its people: a channel may be shared with other
 * companies. Until the bot's own ids are known, the signature alone decides.
 */
export function isOurs(identity: Identity | undefined, body: unknown): boolean {
  if (identity === undefined) return true
  const { teams, enterprise } = originOf(asRecord(body))
  if (identity.enterprise !== undefined && enterprise === identity.enterprise) return true
  return teams.every((team) => team === identity.team)
}

/** The workspace that an event was delivered to. */
export function ownTeam(body: object): string {
  const { authorizations, team_id } = body as Record<string, unknown>
  const [authorization] = Array.isArray(authorizations) ? (authorizations as unknown[]) : []
  const team = asRecord(authorization)['team_id'] ?? team_id
  return typeof team === 'string' ? team : ''
}

function originOf(body: Record<string, unknown>): { teams: string[]; enterprise: unknown } {
  const event = asRecord(body['event'])
  const [authorization] = Array.isArray(body['authorizations']) ? (body['authorizations'] as unknown[]) : []
  const teams = [
    asRecord(authorization)['team_id'] ?? body['team_id'],
    asRecord(body['team'])['id'],
    asRecord(body['user'])['team_id'],
    event['user_team'],
  ]
  const enterprise =
    asRecord(authorization)['enterprise_id'] ?? body['enterprise_id'] ?? asRecord(body['enterprise'])['id']
  return { teams: teams.filter((team) => typeof team === 'string'), enterprise }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
