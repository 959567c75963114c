import type { Platform } from '../../db/tables.ts'

/** An account of a chat platform. On the console the account is the token's person, and the workspace is ''. */
export interface Account {
  platform: Platform
  workspace: string
  account: string
}

/** A token's person as the account that asks on the console and over HTTP. */
export function personAccount(person: string): Account {
  return { platform: 'console', workspace: '', account: person }
}

/** 'slack:T1:U1', 'discord:99:7'; 'person:ana' for a token's person, by any way in. */
export function accountKey({ platform, workspace, account }: Account): string {
  return platform === 'console' ? `person:${account}` : `${platform}:${workspace}:${account}`
}

/** The account that a key stands for; undefined for text that is no key. */
export function parseAccountKey(key: string): Account | undefined {
  const [, person] = /^person:(.+)$/s.exec(key) ?? []
  if (person !== undefined) return personAccount(person)
  const [, platform, workspace, account] = /^([^:]+):([^:]*):(.+)$/s.exec(key) ?? []
  if (platform !== 'slack' && platform !== 'discord') return undefined
  return { platform, workspace: workspace ?? '', account: account ?? '' }
}
