import type { WebClient } from '@slack/web-api'
import type { Ctx } from '../../context.ts'
import { messageOf } from '../../errors.ts'

/** A name changes seldom; a busy channel is read all day. */
const KEPT_MS = 3_600_000
const MAX_REMEMBERED = 5_000

interface Person {
  name: string
  /** The workspace that the account is of: another one in a channel that companies share. */
  team: string | undefined
}

/** The people of the workspace by their ids, each asked for once an hour. */
export interface People {
  /** As Slack shows it; the id where Slack does not answer. */
  nameOf(user: string): Promise<string>
  teamOf(user: string): Promise<string | undefined>
}

export function createPeople(client: WebClient, ctx: Pick<Ctx, 'clock' | 'log'>): People {
  const known = new Map<string, { asked: number; person: Promise<Person> }>()
  const read = async (user: string): Promise<Person> => {
    const now = ctx.clock.now().getTime()
    const kept = known.get(user)
    if (kept !== undefined && now - kept.asked < KEPT_MS) return await kept.person
    if (known.size >= MAX_REMEMBERED) known.clear()
    const person = ask(client, user)
    known.set(user, { asked: now, person })
    return await person
  }
  const orUnknown = async (user: string): Promise<Person> => {
    try {
      return await read(user)
    } catch (error) {
      known.delete(user)
      ctx.log.warn({ error: messageOf(error) }, 'Slack does not tell who somebody is')
      return { name: user, team: undefined }
    }
  }
  return {
    nameOf: async (user) => (await orUnknown(user)).name,
    teamOf: async (user) => (await orUnknown(user)).team,
  }
}

async function ask(client: WebClient, user: string): Promise<Person> {
  const { user: told } = await client.users.info({ user })
  const { display_name: shown, real_name: whole } = told?.profile ?? {}
  return { name: shown || whole || told?.real_name || told?.name || user, team: told?.team_id }
}
