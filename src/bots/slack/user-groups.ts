import type { WebClient } from '@slack/web-api'
import { AppError } from '../../errors.ts'
import { toDeliveryError } from './errors.ts'

/** Whether somebody is in a user group: Slack gives the members only on request. @throws AppError when it does not */
export async function isInGroup(client: WebClient, group: string, user: string): Promise<boolean> {
  try {
    const { users = [] } = await client.usergroups.users.list({ usergroup: group })
    return users.includes(user)
  } catch (error) {
    const { reason } = toDeliveryError(error)
    // A group that is gone has no members.
    if (/no_such_subteam|subteam_not_found/.test(reason)) return false
    const fix = /scope/.test(reason) ? 'reinstall the app from its manifest' : 'try again in a minute'
    throw new AppError('unavailable', `Slack does not tell who is in a user group (${reason}): ${fix}.`)
  }
}
