import { readFile } from 'node:fs/promises'
import { PermissionFlagsBits } from 'discord.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  grantFix,
  inviteUrl,
  missingPermissions,
  PERMISSIONS,
  permissionsIn,
} from '../../../src/bots/discord/permissions.ts'
import { systemClock } from '../../../src/clock.ts'
import { permissionsIn as asDiscordDoes } from '../../support/fake-discord/permissions.ts'
import { State } from '../../support/fake-discord/state.ts'

const doc = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8')

describe('the invite link', () => {
  it('asks for these eight permissions and for nothing else', () => {
    expect(inviteUrl('42')).toBe(
      'https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions=309237763136',
    )
    expect(PERMISSIONS.map(({ name }) => name)).toEqual([
      'View Channels',
      'Send Messages',
      'Embed Links',
      'Attach Files',
      'Create Public Threads',
      'Send Messages in Threads',
      'Read Message History',
      'Add Reactions',
    ])
  })

  it('stands in the docs, with what each permission is for', async () => {
    const docs = await doc('docs/discord.md')
    expect(docs).toContain(inviteUrl('APPLICATION_ID'))
    expect(docs.split('\n').filter((line) => /^\| [A-Z][\w ]+ \| /.test(line))).toEqual(
      PERMISSIONS.map(({ name, why }) => `| ${name} | ${why} |`),
    )
    expect(await doc('README.md')).toContain(inviteUrl('APPLICATION_ID'))
  })
})

it('names what is missing, and who gives it', () => {
  const all = PERMISSIONS.reduce((bits, { bit }) => bits | bit, 0n)
  expect(missingPermissions(all)).toEqual([])
  const missing = missingPermissions(
    all & ~PermissionFlagsBits.AddReactions & ~PermissionFlagsBits.EmbedLinks,
  )
  expect(missing).toEqual(['Embed Links', 'Add Reactions'])
  expect(grantFix(missing)).toContain('give the bot Embed Links and Add Reactions.')
})

describe('what the bot may do in a channel', () => {
  const bits = fc.bigInt({ min: 0n, max: (1n << 50n) - 1n })
  const overwrite = fc.record({
    id: fc.constantFrom('everyone', 'bot', 'r1', 'r2', 'r3'),
    allow: bits.map(String),
    deny: bits.map(String),
  })

  it('is what Discord computes from roles and overwrites', () => {
    fc.assert(
      fc.property(
        fc.array(bits, { minLength: 4, maxLength: 4 }),
        fc.array(overwrite),
        (roleBits, overwrites) => {
          const state = new State(systemClock, 'token', roleBits[0])
          const own = state.rolesOf(state.applicationId)
          const given = [...own, state.addRole('r2', roleBits[1]), state.addRole('r3', roleBits[2])]
          state.setRoles(state.applicationId, given)
          state.roles.get(state.guildId)!['permissions'] = String(roleBits[3])
          const ids: Record<string, string | undefined> = {
            everyone: state.guildId,
            bot: state.applicationId,
            r1: given[0],
            r2: given[1],
            r3: given[2],
          }
          const placed = overwrites.map((one) => ({ ...one, id: ids[one.id] ?? '' }))
          const channel = state.addChannel('general', { permission_overwrites: placed })
          const roles = [...state.roles.values()] as { id: string; permissions: string }[]
          const bot = { id: state.applicationId, roles: given }
          const found = permissionsIn(state.guildId, roles, bot, placed)
          const expected = asDiscordDoes(state, channel, state.applicationId)
          const wanted = PERMISSIONS.map(({ bit }) => bit)
          expect(wanted.map((bit) => found & bit)).toEqual(wanted.map((bit) => expected & bit))
        },
      ),
    )
  })

  it('is everything for an administrator, whatever the channel takes', () => {
    const roles = [{ id: 'admin', permissions: String(PermissionFlagsBits.Administrator) }]
    const taken = [{ id: 'guild', allow: '0', deny: String((1n << 50n) - 1n) }]
    expect(missingPermissions(permissionsIn('guild', roles, { id: 'bot', roles: ['admin'] }, taken))).toEqual(
      [],
    )
  })
})
