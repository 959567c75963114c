import { setTimeout as sleep } from 'node:timers/promises'
import { type WebClient, WebAPIPlatformError } from '@slack/web-api'
import { chartHash } from '../../charts/hash.ts'
import type { Pictures } from '../../charts/pictures.ts'
import type { Ctx } from '../../context.ts'
import { chartFiles, forgetChartFiles, keepChartFile } from '../../domain/pictures/chart-files.ts'
import { messageOf } from '../../errors.ts'
import type { ChartBlock, Message } from '../../messages/model.ts'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import { PICTURES_MS } from '../transport.ts'
import { SLACK } from './limits.ts'
import type { SlackFiles } from './render.ts'

/** Charts as files of the workspace: uploaded without a channel first, shown by the messages that refer to them. */
export interface SlackPictures {
  /** Has a message's charts uploaded and usable, as far as that goes until `signal` aborts. Never rejects. @returns whether all are */
  prepare(workspace: string, message: Message, signal: AbortSignal): Promise<boolean>
  /** The files that can be shown now. */
  files(workspace: string, message: Message): Promise<SlackFiles>
  /** Slack does not know these any more. */
  forget(workspace: string, files: SlackFiles): Promise<void>
}

/** Slack processes an upload before a message can show it, and sends no event when it is done. */
const LOOKS_MS = [100, 200, 300, 500, 800, 1_200, 2_000, 3_000]
/** After Slack refused the upload for what the app may do, nothing is tried for so long. */
const REST_MS = 10 * 60_000
const NOT_ALLOWED = /^(missing_scope|not_allowed|no_permission|restricted_action|file_upload|storage_limit)/

export function createSlackPictures(ctx: Ctx, client: WebClient, pictures: Pictures): SlackPictures {
  const underWay = new Map<string, Promise<boolean>>()
  let restUntil = 0
  const upload = (workspace: string, block: ChartBlock): Promise<boolean> => {
    const key = `${workspace} ${chartHash(block.chart)}`
    const former = underWay.get(key)
    if (former !== undefined) return former
    const work = haveUploaded(ctx, client, pictures, workspace, block)
      .catch((error: unknown) => {
        const reason = error instanceof WebAPIPlatformError ? error.data.error : messageOf(error)
        if (NOT_ALLOWED.test(reason)) restUntil = ctx.clock.now().getTime() + REST_MS
        ctx.log.warn({ reason }, 'Slack: a chart was not uploaded; its message goes without')
        return false
      })
      .finally(() => underWay.delete(key))
    underWay.set(key, work)
    return work
  }
  return {
    prepare: async (workspace, message, signal) => {
      const charts = shownCharts(message)
      if (charts.length === 0) return true
      if (ctx.clock.now().getTime() < restUntil) return false
      const all = Promise.all(charts.map((block) => upload(workspace, block)))
      const uploaded = await Promise.race([all, aborted(signal)])
      return uploaded?.every((one) => one) ?? false
    },
    files: async (workspace, message) => {
      const hashes = shownCharts(message).map(({ chart }) => chartHash(chart))
      const known = await chartFiles(ctx, workspace, hashes)
      return new Map(known.flatMap(({ hash, file, usable }) => (usable ? [[hash, file]] : [])))
    },
    forget: (workspace, files) => forgetChartFiles(ctx, workspace, [...files.values()]),
  }
}

function shownCharts({ blocks }: Message): ChartBlock[] {
  return blocks.filter((block) => block.type === 'chart').slice(0, SLACK.pictures)
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** @returns false when nothing drew it. @throws Error when Slack did not take it, or does not say in time that it can be shown */
async function haveUploaded(
  ctx: Ctx,
  client: WebClient,
  pictures: Pictures,
  workspace: string,
  block: ChartBlock,
): Promise<boolean> {
  const hash = chartHash(block.chart)
  const [known] = await chartFiles(ctx, workspace, [hash])
  if (known?.usable === true) return true
  const file = known?.file ?? (await uploadNew(ctx, client, pictures, workspace, block))
  if (file === undefined) return false
  // The next message that shows it looks again.
  if (!(await isUsable(client, file))) throw new Error('Slack is not done with it yet')
  await keepChartFile(ctx, workspace, { hash, file, usable: true })
  return true
}

async function uploadNew(
  ctx: Ctx,
  client: WebClient,
  pictures: Pictures,
  workspace: string,
  { chart, alt }: ChartBlock,
): Promise<string | undefined> {
  const picture = await pictures.draw(chart, PICTURES_MS.post)
  if (picture === undefined) return undefined
  const { hash, png } = picture
  const title = cut(cleanLine(chart.title), SLACK.header) || 'Chart'
  const { files } = await client.filesUploadV2({
    file: Buffer.from(png),
    filename: `chart-${hash.slice(0, 16)}.png`,
    title,
    alt_text: cut(cleanLine(alt), SLACK.fileAlt),
  })
  const file = files[0]?.files?.[0]?.id
  if (file === undefined) throw new Error('an upload without a file')
  await keepChartFile(ctx, workspace, { hash, file, usable: false })
  return file
}

async function isUsable(client: WebClient, id: string): Promise<boolean> {
  for (const wait of LOOKS_MS) {
    const { file } = await client.files.info({ file: id })
    // Until then it has neither a type nor a size in pixels.
    if (file?.mimetype) return true
    await sleep(wait, undefined, { ref: false })
  }
  return false
}
