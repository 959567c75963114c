import { transaction } from '../../db/transaction.ts'
import { parseRuns, splitWords } from './parse-line.ts'
import { readRuns } from '../../domain/runs/read/read-run.ts'
import { tagRuns } from '../../domain/runs/write/tag-runs.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { about, bold, context, cut, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import type { Command } from './command.ts'
import { type NamedRuns, namedRuns, runNames } from './named-runs.ts'
import { RUNS } from './options.ts'
import { actorOf } from './parts.ts'

const RUNS_SHOWN = 5

export const tag: Command = {
  name: 'tag',
  summary: 'Give tags to runs, take them off with a leading -; alone: the tags of a run',
  usage: 'tag <run> [<run> ...] [<tag> | <key>=<value> | -<tag> ...]',
  example: 'tag churn#142 ablation stage=final -baseline',
  changes: true,
  options: [
    { ...RUNS, required: true },
    { name: 'tag', description: 'ablation, stage=final; -ablation takes it off', kind: 'text', as: 'raw' },
  ],
  run: async (ctx, { asker, rest }) => {
    const { runs, raw } = parseRuns(rest)
    const named = await namedRuns(ctx, asker, runs, tag)
    const change = readTags(raw)
    const changes = Object.keys(change.set).length + change.remove.length > 0
    const absent = changes
      ? await transaction(ctx.db, (trx) => tagRuns(trx, ctx, actorOf(asker), named.keys, change))
      : new Map<string, string[]>()
    const views = await readRuns(ctx, named.keys)
    const missing = change.remove.filter((name) => named.ids.every((id) => absent.get(id)?.includes(name)))
    return {
      message: tagMessage(named, views, missing, changes),
      data: { runs: views.map(({ id, ref, tags, labels }) => ({ id, ref, tags, labels })), missing },
    }
  },
}

/** `ablation`, `stage=final`, `-baseline`; quotes hold spaces, and what they hold means nothing. */
function readTags(line: string): { set: Record<string, string>; remove: string[] } {
  const set: [string, string][] = []
  const remove: string[] = []
  for (const { text: word, shape } of splitWords(line)) {
    const equals = shape.indexOf('=')
    if (shape.startsWith('-') && word.length > 1) remove.push(word.slice(1))
    else if (equals > 0) set.push([word.slice(0, equals), word.slice(equals + 1)])
    else set.push([word, ''])
  }
  return { set: Object.fromEntries(set), remove }
}

function tagMessage(
  { refs, ids }: NamedRuns,
  views: RunView[],
  missing: string[],
  changed: boolean,
): Message {
  const blocks: Block[] = views
    .slice(0, RUNS_SHOWN)
    .map((run) => paragraph(bold(`${cut(run.ref, 60)} `), text(tagWords(run) || 'no tags')))
  const more = views.length - blocks.length
  if (more > 0) blocks.push(context(`... ${more} more runs`))
  if (missing.length > 0) blocks.push(context(`Not there anyway: ${cut(missing.join(', '), 200)}`))
  if (!changed) blocks.push(context('To give one: ', text(`/exp ${tag.example}`, 'code')))
  const [first] = views
  const title = `${changed ? 'Tagged' : 'Tags of'} ${runNames(refs)}`
  const told = message('tag', `${title}: ${first === undefined ? '' : tagWords(first)}`, blocks)
  return about(told, ids)
}

/** 'ablation, stage: final, keep': tags, then labels. */
export function tagWords({ tags, labels }: Pick<RunView, 'tags' | 'labels'>): string {
  const words = Object.entries(tags).map(([key, value]) => (value === '' ? key : `${key}: ${value}`))
  return cut([...words, ...labels.filter((label) => !words.includes(label))].join(', '), 300)
}
