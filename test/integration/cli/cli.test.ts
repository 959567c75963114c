import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COMPILE_CACHE } from '../../support/child-instance.ts'
import { startFakeSlack } from '../../support/fake-slack/start.ts'
import { ADMIN_TOKEN, type Instance, startInstance } from '../../support/instance.ts'

let instance: Instance
beforeEach(async () => {
  instance = await startInstance()
})
afterEach(() => instance.stop())

/** Runs the command line as a process of its own, beside the running instance. */
async function cli(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; error: string }> {
  const { port } = new URL(instance.url)
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PORT: port,
      DATABASE_URL: instance.database.url,
      EXPEDITER_TOKEN: ADMIN_TOKEN,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, error] = ['', '']
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    error += part.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, out, error }
}

describe('the command line beside a running instance', () => {
  it('makes a token that works, lists it without its text, and revokes it', async () => {
    const made = await cli([
      'token',
      'create',
      '--name',
      'laptop',
      '--person',
      'ana',
      '--scopes',
      'ingest,read',
    ])
    expect(made.code).toBe(0)
    const token = made.out.trim()
    expect(token).toMatch(/^exp-\w{40}$/)
    const use = () =>
      fetch(`${instance.url}/api/v1/projects`, { headers: { authorization: `Bearer ${token}` } })
    expect((await use()).status).toBe(200)
    const listed = await cli(['token', 'list'])
    expect(listed.out).toMatch(/1\s+laptop\s+ana\s+ingest,read\s+all/)
    expect(listed.out).not.toContain(token)
    expect((await cli(['token', 'revoke', '1'])).out).toContain('revoked')
    expect((await use()).status).toBe(401)
    expect((await cli(['token', 'create'])).code).toBe(2)
    expect((await cli(['token', 'create', '--name', 'x', '--scopes', 'cook'])).error).toContain('cook')
    expect((await cli(['token', 'revoke', '99'])).code).toBe(1)
  }, 60_000)

  it('admin: names, lists and removes; doctor says who they are', async () => {
    expect((await cli(['admin', 'list'])).out).toContain('everybody may do everything')
    expect((await cli(['doctor'])).out).toMatch(/ok\s+Admins\s+no admin is named: everybody may/)
    expect((await cli(['admin', 'add', 'ana'])).out).toBe('ana is an admin now.\n')
    expect((await cli(['admin', 'add', 'role', 'discord:99:555', '--name', 'ml-leads'])).code).toBe(0)
    expect((await cli(['admin', 'add', 'slack:T1:U1'])).code).toBe(0)
    const { out } = await cli(['admin', 'list'])
    expect(out).toMatch(/1\s+ana\s+person\s+everywhere\s+command line/)
    expect(out).toMatch(/2\s+ml-leads\s+role\s+discord:99:555/)
    expect(out).toMatch(/3\s+U1\s+account\s+slack:T1:U1/)
    expect((await cli(['doctor'])).out).toMatch(/ok\s+Admins\s+ana, the role ml-leads and U1/)
    for (const id of ['3', '2']) expect((await cli(['admin', 'remove', id])).out).not.toContain('Nobody')
    expect((await cli(['admin', 'remove', '1'])).out).toContain('everybody may do everything again')
    for (const wrong of [['add'], ['add', 'role', 'x'], ['add', 'a', 'b'], ['remove'], ['promote', 'ana']])
      expect((await cli(['admin', ...wrong])).code).toBe(2)
    expect((await cli(['admin', 'remove', '99'])).code).toBe(1)
  }, 60_000)

  it('asks as people ask in chat, and fails in words', async () => {
    await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.93 } })
    const best = await cli(['ask', 'best accuracy'])
    expect(best.code).toBe(0)
    expect(best.out).toContain('0.93 (best)')
    expect(best.out).toMatch(/Owner\s+ana/)
    const wrong = await cli(['ask', 'best', 'acuracy'])
    expect(wrong.code).toBe(1)
    expect(wrong.error).toContain('Did you mean accuracy?')
    const nobody = await cli(['ask', 'projects'], { PORT: '1' })
    expect(nobody.code).toBe(1)
    expect(nobody.error).toContain('npm start')
  }, 60_000)

  it('doctor: each part with its state, each failure with the next step', async () => {
    const well = await cli(['doctor'])
    expect(well.code).toBe(0)
    expect(well.out).toMatch(/ok\s+Database\s+PostgreSQL/)
    expect(well.out).toMatch(/ok\s+Schema\s+up to date/)
    const slack = await startFakeSlack()
    const ill = await cli(['doctor'], {
      DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/x',
      REDIS_URL: 'redis://127.0.0.1:1',
      SLACK_BOT_TOKEN: 'xoxb-wrong',
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
    })
    await slack.stop()
    expect(ill.code).toBe(1)
    expect(ill.out).toMatch(/PROBLEM\s+Database[\s\S]*-> .*DATABASE_URL/)
    expect(ill.out).toMatch(/PROBLEM\s+Queue[\s\S]*-> .*REDIS_URL/)
    expect(ill.out).toMatch(/PROBLEM\s+Slack\s+auth.test: invalid_auth[\s\S]*-> .*SLACK_BOT_TOKEN/)
  }, 60_000)

  it('serve: a port that is in use is named, and nothing else is said', async () => {
    const { port } = new URL(instance.url)
    const { code, out, error } = await cli(['serve'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toBe(
      `PORT ${port} is in use by another program. Stop that one, or set PORT to a free port.\n`,
    )
  }, 60_000)

  it('reads the settings of the file .env; what is set already wins', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'expediter-env-'))
    await writeFile(path.join(folder, '.env'), 'PORT=none\nHOST=\n')
    const start = (env: Record<string, string>) =>
      spawnSync(process.execPath, [path.resolve('bin/expediter.js'), 'ask', 'projects'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], EXPEDITER_TOKEN: ADMIN_TOKEN, ...env },
        encoding: 'utf8',
      }).stderr
    expect(start({})).toContain("PORT is 'none'")
    expect(start({ PORT: '1' })).toContain('No server answers at http://127.0.0.1:1/')
    await rm(folder, { recursive: true })
  }, 60_000)

  it('demo: trains, logs over HTTP, and tells what the team would see', async () => {
    const { code, out } = await cli(['demo', '--runs', '3', '--exit'])
    expect(code).toBe(0)
    expect(out).toContain(`Using the instance at http://127.0.0.1:${new URL(instance.url).port}`)
    expect(out).toMatch(/digits#1 .*the first/)
    expect(out).toMatch(/new best/)
    expect(out).toContain('Best accuracy in digits')
    expect(
      await instance.app.ctx.db.selectFrom('runs').select('id').where('status', '=', 'finished').execute(),
    ).toHaveLength(3)
  }, 60_000)
})
