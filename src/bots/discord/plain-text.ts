import type { APIUser, Client } from 'discord.js'

/** Mentions, emoji, commands and times as Discord writes them into a message. */
const MARKUP = /<(@!?|@&|#|a?:\w{1,80}:|\/[^:>]{1,100}:|t:)(\d{1,20})(?::[a-zA-Z])?>/g

/** A message's text as people see it: '<@7>' is '@ana'. A ping of the bot in front of it is no part of what is said. */
export function plainText(
  { content, mentions }: { content: string; mentions: Pick<APIUser, 'id' | 'username'>[] },
  client: Client,
): string {
  const me = client.user?.id ?? ''
  return content
    .replace(new RegExp(`^\\s*<@!?${me}>\\s*`), '')
    .replace(MARKUP, (all, kind: string, id: string) => shown(kind, id, mentions, client) ?? all)
}

function shown(
  kind: string,
  id: string,
  mentions: Pick<APIUser, 'id' | 'username'>[],
  { channels, guilds }: Client,
): string | undefined {
  if (kind === '@&')
    return named('@', guilds.cache.find(({ roles }) => roles.cache.has(id))?.roles.cache.get(id))
  if (kind.startsWith('@')) return named('@', nameOf(mentions, id))
  if (kind === '#') return named('#', channels.cache.get(id))
  if (kind === 't:') return timeOf(Number(id))
  if (kind.startsWith('/')) return kind.slice(0, -1)
  return kind.replace(/^a/, '')
}

function nameOf(mentions: Pick<APIUser, 'id' | 'username'>[], id: string): { name: string } | undefined {
  const user = mentions.find((one) => one.id === id)
  return user === undefined ? undefined : { name: user.username }
}

function named(sign: string, found: object | undefined): string | undefined {
  return found !== undefined && 'name' in found ? `${sign}${String(found.name)}` : undefined
}

function timeOf(seconds: number): string | undefined {
  const date = new Date(seconds * 1_000)
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 16)}Z`
}
