import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const DOMAIN = path.resolve(import.meta.dirname, '../../../src/domain')
const IMPORT = /^(?:import|export)\b[^'"]*?\bfrom\s+'(\.[^']+)'/gm

/** From a folder to the folders it imports, each with the two files that show it. A file beside the folders is a node too. */
type Graph = Map<string, Map<string, string>>

function graphOf(files: { file: string; text: string }[]): Graph {
  const graph: Graph = new Map()
  for (const { file, text } of files) {
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      const target = path.posix.join(path.posix.dirname(file), specifier)
      const [from, to] = [nodeOf(file), nodeOf(target)]
      if (target.startsWith('..') || from === to) continue
      const edges = graph.get(from) ?? new Map<string, string>()
      graph.set(from, edges.set(to, edges.get(to) ?? `${file} imports ${target}`))
    }
  }
  return graph
}

function nodeOf(file: string): string {
  const folder = path.posix.dirname(file)
  return folder === '.' ? file : folder
}

/** The imports of the first cycle that is found, one a line; undefined when the folders form a tree. */
function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>()
  const walk = (node: string, trail: string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of [...(graph.get(node)?.keys() ?? [])].sort()) {
      const cycle = walk(next, [...trail, node])
      if (cycle !== undefined) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of [...graph.keys()].sort()) {
    const cycle = walk(node, [])
    if (cycle !== undefined) return cycle.slice(1).map((to, at) => graph.get(cycle[at] ?? '')?.get(to) ?? '')
  }
  return undefined
}

it('no folder of the domain imports, over others, itself', () => {
  const files = globSync('**/*.ts', { cwd: DOMAIN }).map((file) => ({
    file: file.replaceAll(path.sep, '/'),
    text: readFileSync(path.join(DOMAIN, file), 'utf8'),
  }))
  expect(files.length).toBeGreaterThan(100)
  expect(findCycle(graphOf(files))).toBeUndefined()
})

it('prints a cycle as the imports that make it, type-only ones too', () => {
  const files = [
    { file: 'runs/a.ts', text: "import { b } from '../metrics/b.ts'\nimport { c } from './c.ts'\n" },
    { file: 'metrics/b.ts', text: "import {\n  one,\n  two,\n} from '../people/c.ts'\n" },
    { file: 'people/c.ts', text: "import type { Run } from '../runs/types.ts'\nimport '../../errors.ts'\n" },
    { file: 'actor.ts', text: "export { a } from './runs/a.ts'\n" },
  ]
  expect(findCycle(graphOf(files))).toEqual([
    'runs/a.ts imports metrics/b.ts',
    'metrics/b.ts imports people/c.ts',
    'people/c.ts imports runs/types.ts',
  ])
  expect(findCycle(graphOf(files.slice(0, 2)))).toBeUndefined()
})
