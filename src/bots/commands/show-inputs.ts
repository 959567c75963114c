import type { Ctx } from '../../context.ts'
import { shortVersion } from '../../domain/datasets/compare-data.ts'
import { commitUrl } from '../../domain/runs/inputs/code-links.ts'
import { textOf } from '../../domain/runs/inputs/differences.ts'
import type { RunView } from '../../domain/runs/types.ts'
import { shortNumber } from '../../domain/text/format.ts'
import { bold, cut, link, paragraph, text } from '../../messages/build.ts'
import type { Block, Inline } from '../../messages/model.ts'
import { webUrl } from '../../messages/web-url.ts'
import { orNotGiven } from './parts.ts'

const PARAMS = 20
const DATA = 5
const ENV = 8
const COMMAND = 400

/** The commit, linked where its host is known, its branch, and whether it is all of the code. */
export function commitText(ctx: Pick<Ctx, 'codeHosts'>, { code }: RunView): Inline[] {
  const { commit, repo, branch, dirty, patch_hash } = code
  if (commit === null) return [orNotGiven(null)]
  const url = repo === null ? null : commitUrl(ctx, repo, commit)
  const short = shortVersion(commit)
  const changes =
    dirty !== true
      ? ''
      : `, with uncommitted changes${patch_hash === null ? '' : ` (patch ${patch_hash.slice(0, 8)})`}`
  return [
    url === null ? text(short, 'code') : link(short, url),
    text(`${branch === null ? '' : ` on ${cut(branch, 40)}`}${changes}`),
  ]
}

/** Each data set with its version and where it lies. */
export function dataTextLinked({ data }: RunView): Inline[] {
  if (data.length === 0) return [orNotGiven(null)]
  const shown = data.slice(0, DATA).flatMap(({ name, version, path, url }, index): Inline[] => {
    const words = `${cut(name, 40)} ${shortVersion(version)}`
    const page = url === null ? undefined : webUrl(url)
    const place = url ?? path
    return [
      ...(index === 0 ? [] : [text(', ')]),
      page === undefined ? text(words) : link(words, page),
      ...(page === undefined && place !== null && place !== name ? [text(` (${cut(place, 80)})`)] : []),
    ]
  })
  const hidden = data.length - DATA
  return hidden > 0 ? [...shown, text(` ... ${hidden} more`)] : shown
}

/** Params, environment and command: what went in beside code and data. */
export function inputBlocks(run: RunView): Block[] {
  return [...paramBlocks(run), ...envBlocks(run), ...commandBlocks(run)]
}

function paramBlocks({ params, url }: RunView): Block[] {
  const entries = Object.entries(params)
  if (entries.length === 0) return []
  const shown = entries
    .slice(0, PARAMS)
    .map(([name, value]) => `${cut(name, 60)} = ${cut(shortNumber(textOf(value)), 60)}`)
  const hidden = entries.length - shown.length
  const more = hidden > 0 ? [text(`, ... ${hidden} more `), link('on the page', url)] : []
  return [paragraph(bold('Params '), text(shown.join(', ')), ...more)]
}

/** What people look for first stands first. */
const FIRST = ['host', 'gpu', 'gpu_count', 'python']

function envBlocks({ env }: RunView): Block[] {
  const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)
  const entries = Object.entries(env).toSorted(([a], [b]) => place(a) - place(b))
  if (entries.length === 0) return []
  const shown = entries.slice(0, ENV).map(([name, value]) => `${cut(name, 40)} ${cut(textOf(value), 60)}`)
  const hidden = entries.length - shown.length
  return [
    paragraph(bold('Environment '), text(`${shown.join(', ')}${hidden > 0 ? `, ... ${hidden} more` : ''}`)),
  ]
}

function commandBlocks({ command }: RunView): Block[] {
  return command === null ? [] : [{ type: 'code', text: cut(command, COMMAND) }]
}
