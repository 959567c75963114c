import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** Runs a command in a process of its own. @returns the packages that it loaded */
function packagesLoadedBy(args: string[]): string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({
      load: (url, context, next) => {
        const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? []
        if (name !== undefined) packages.add(name)
        return next(url, context)
      },
    })
    const { runCli } = await import('./src/cli/index.ts')
    process.stdout.write = () => true
    process.stderr.write = () => true
    await runCli(${JSON.stringify(args)}, { PORT: '1', EXPEDITER_TOKEN: 'exp-${'0'.repeat(40)}' })
    await import('node:fs').then(({ writeSync }) => writeSync(1, JSON.stringify([...packages])))
    process.exit(0)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

it('loads the server, the canvas and the SDKs for the commands alone that need them', () => {
  const light = ['fastest-levenshtein']
  expect(packagesLoadedBy(['help']).filter((name) => !light.includes(name))).toEqual([])
  expect(packagesLoadedBy(['ask', 'projects']).filter((name) => !light.includes(name))).toEqual([])
  const token = packagesLoadedBy(['token', 'create'])
  for (const heavy of ['fastify', '@napi-rs/canvas', '@slack/bolt', 'discord.js', 'bullmq'])
    expect(token).not.toContain(heavy)
  expect(token).toContain('kysely')
})
