import { PermissionFlagsBits } from 'discord.js'

/** What the bot asks for when it is invited: the least that works, each as Discord names it and with what it is for. */
export const PERMISSIONS = [
  {
    name: 'View Channels',
    bit: PermissionFlagsBits.ViewChannel,
    why: 'to see the channels that it posts to',
  },
  {
    name: 'Send Messages',
    bit: PermissionFlagsBits.SendMessages,
    why: 'alerts, reports and shared answers',
  },
  {
    name: 'Embed Links',
    bit: PermissionFlagsBits.EmbedLinks,
    why: 'the body of every message: boards, facts, links to runs',
  },
  { name: 'Attach Files', bit: PermissionFlagsBits.AttachFiles, why: 'charts' },
  {
    name: 'Create Public Threads',
    bit: PermissionFlagsBits.CreatePublicThreads,
    why: 'the last lines of a failed run, under its message',
  },
  {
    name: 'Send Messages in Threads',
    bit: PermissionFlagsBits.SendMessagesInThreads,
    why: 'the same lines, once the thread is there',
  },
  {
    name: 'Read Message History',
    bit: PermissionFlagsBits.ReadMessageHistory,
    why: 'to find a message again whose delivery was not confirmed, so that it is not posted twice, and to react to replies',
  },
  {
    name: 'Add Reactions',
    bit: PermissionFlagsBits.AddReactions,
    why: 'the receipt for a reply that became a note',
  },
] as const

const BITS = PERMISSIONS.reduce((all, { bit }) => all | bit, 0n)

/** The address that adds the bot to a server with these permissions and no others. */
export function inviteUrl(applicationId: string): string {
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${BITS}`
}

/** Names of the permissions that are not among these bits. */
export function missingPermissions(granted: bigint): string[] {
  return PERMISSIONS.filter(({ bit }) => (granted & bit) === 0n).map(({ name }) => name)
}

/** Who puts it right, and how. */
export function grantFix(missing: string[]): string {
  return `In the channel's settings, under Permissions, give the bot ${listed(missing)}.`
}

function listed(names: string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

interface Overwrite {
  id: string
  allow: string
  deny: string
}

/**
 * What the bot may do in a channel: its roles together, then what the channel takes and gives, in Discord's order:
 * everybody, roles, the bot itself.
 */
export function permissionsIn(
  guildId: string,
  roles: { id: string; permissions: string }[],
  bot: { id: string; roles: string[] },
  overwrites: Overwrite[],
): bigint {
  const own = [guildId, ...bot.roles]
  const base = roles
    .filter(({ id }) => own.includes(id))
    .reduce((all, { permissions }) => all | BigInt(permissions), 0n)
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return BITS | base
  const steps = [[guildId], bot.roles, [bot.id]]
  return steps.reduce((bits, ids) => {
    const here = overwrites.filter(({ id }) => ids.includes(id))
    const denied = here.reduce((all, { deny }) => all | BigInt(deny), 0n)
    const allowed = here.reduce((all, { allow }) => all | BigInt(allow), 0n)
    return (bits & ~denied) | allowed
  }, base)
}
