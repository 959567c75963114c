import type { Ctx } from '../../../context.ts'
import type { RunStatus } from '../../../db/tables.ts'
import {
  about,
  ask,
  bold,
  buttons,
  context,
  cut,
  facts,
  header,
  link,
  mention,
  message,
  paragraph,
  text,
} from '../../../messages/build.ts'
import type { Block, Inline, Message } from '../../../messages/model.ts'
import { projectUrl } from '../../runs/run-url.ts'
import { formatDuration } from '../../text/format.ts'
import type { RunBrief } from './run-brief.ts'

export const LINES_LIMIT = 20
const LINE_CHARS_LIMIT = 300
/** Marks the block that names the companions, so that a further one replaces it. */
const COMPANIONS_PREFIX = 'Same error: '

const TITLES: Record<Exclude<RunStatus, 'running' | 'finished'>, string> = {
  failed: 'Run failed',
  lost: 'Run lost: no sign of life',
  killed: 'Run killed',
}

/** A run that failed, was killed or was lost, with its last log lines in the thread. Mentions the owner's `account`. */
export function failureMessage(
  ctx: Pick<Ctx, 'publicUrl'>,
  run: RunBrief,
  status: Exclude<RunStatus, 'running' | 'finished'>,
  lines: string[],
  { account }: { account?: string } = {},
): Message {
  const { row, ref, project } = run
  const owner = row.owner ?? 'not given'
  const last = lines.findLast((line) => line.trim() !== '')
  const end = status === 'lost' ? row.last_write_at : (row.ended_at ?? row.last_write_at)
  const blocks: Block[] = [
    header(`${TITLES[status]}: ${cut(ref, 100)}`),
    facts(
      ['Run', runInline(run)],
      ['Owner', account === undefined ? cut(owner, 80) : mention(cut(owner, 80), account)],
      [
        status === 'lost' ? 'Last heard of' : 'Ran for',
        status === 'lost' ? at(end) : formatDuration(end.getTime() - row.started_at.getTime()),
      ],
      ['Host', cut(String(row.env['host'] ?? 'not given'), 80)],
    ),
  ]
  if (last !== undefined) blocks.push({ type: 'code', text: cut(last, LINE_CHARS_LIMIT) })
  if (status === 'lost') blocks.push(context('It counts as running again as soon as it writes.'))
  blocks.push(
    buttons(ask('show', 'Show', `show ${/\s/.test(ref) ? `"${ref}"` : ref}`), {
      id: 'board',
      label: 'Open board',
      action: { do: 'open', url: projectUrl(ctx, project) },
    }),
  )
  const post = about(
    message(
      'failure',
      `${TITLES[status]}: ${ref}, owner ${owner}${last === undefined ? '' : `: ${last}`}`,
      blocks,
      status === 'killed' ? 'warning' : 'bad',
    ),
    [row.id],
  )
  return lines.length === 0 ? post : { ...post, thread: threadOf(ref, lines) }
}

function runInline({ ref, url, row }: RunBrief): Inline[] {
  return row.name === null ? [link(ref, url)] : [link(ref, url), text(` ${cut(row.name, 60)}`)]
}

function at(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function threadOf(ref: string, lines: string[]): Block[] {
  const shown = lines.slice(-LINES_LIMIT).map((line) => cut(line, LINE_CHARS_LIMIT))
  return [
    paragraph(bold(`The last ${shown.length === 1 ? 'line' : `${shown.length} lines`} of ${cut(ref, 100)}`)),
    { type: 'code', text: shown.join('\n') },
  ]
}

/** The message, with the number of further runs that ended in the same error, and the last one of them. */
export function withCompanions(before: Message, count: number, { ref, row }: RunBrief): Message {
  const run = row.owner === null ? ref : `${ref} by ${cut(row.owner, 80)}`
  const line =
    count === 1 ? `${COMPANIONS_PREFIX}${run} too.` : `${COMPANIONS_PREFIX}${count} more runs, ${run} last.`
  const isCompanions = (block: Block) =>
    block.type === 'text' &&
    block.text[0]?.type === 'text' &&
    block.text[0].text.startsWith(COMPANIONS_PREFIX)
  const kept = before.blocks.filter((block) => !isCompanions(block))
  const beforeButtons = kept.findIndex((block) => block.type === 'buttons')
  const cutAt = beforeButtons === -1 ? kept.length : beforeButtons
  return { ...before, blocks: [...kept.slice(0, cutAt), paragraph(line), ...kept.slice(cutAt)] }
}

/** The message, changed to say that the lost run has sent data again. */
export function returned(before: Message, ref: string, now: Date): Message {
  const [first, ...rest] = before.blocks.filter((block) => block.type !== 'context')
  const title: Block = header(`Running again: ${cut(ref, 100)}`)
  const note = context(`It was lost for a while and wrote again at ${at(now)}.`)
  const blocks = first?.type === 'header' ? [title, ...rest] : [title, ...(first ? [first] : []), ...rest]
  return about(message('failure', `Running again: ${ref}`, [...blocks, note], 'neutral'), before.about ?? [])
}
