import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describeMachine } from './harness/machine.ts'
import type { Bench, Measure, Part } from './harness/measure.ts'
import { markdownTable, terminalTable } from './harness/table.ts'
import { charts } from './parts/charts.ts'
import { chat } from './parts/chat/chat.ts'
import { ingest } from './parts/ingest.ts'
import { questions } from './parts/questions.ts'
import { runs } from './parts/runs.ts'
import { scale } from './parts/scale.ts'
import { shapes } from './parts/shapes.ts'
import { soak } from './parts/soak.ts'
import { start } from './parts/start.ts'
import { storage } from './parts/storage.ts'
import { team } from './parts/team.ts'

// Charts come first: the parts after them leave a heap whose collections hold the main loop.
const PARTS: Part[] = [charts, ingest, shapes, runs, questions, team, chat, storage, start, scale, soak]

/** Measures the parts that were named, or all; only a whole run writes bench/README.md. */
async function main(names: string[]): Promise<number> {
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined) {
    console.error(`There is no part '${unknown}'. The parts are ${PARTS.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  const parts = names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name))
  const begun = Date.now()
  const results: { part: Part; measures: Measure[]; seconds: number }[] = []
  for (const [index, part] of parts.entries()) {
    console.log(`[${index + 1}/${parts.length}] ${part.name}: ${part.summary}`)
    const from = Date.now()
    const measures = await runPart(part)
    results.push({ part, measures, seconds: (Date.now() - from) / 1_000 })
    console.log(terminalTable(measures))
  }
  console.log(results.map(({ part, seconds }) => `${part.name} ${seconds.toFixed(0)} s`).join(', '))
  const minutes = (Date.now() - begun) / 60_000
  console.log(`Done in ${minutes.toFixed(1)} minutes.`)
  if (names.length === 0) {
    const file = path.resolve(import.meta.dirname, 'README.md')
    await writeFile(file, markdownTable(results, await describeMachine(), minutes))
    console.log(`Written to ${path.relative(process.cwd(), file)}.`)
  }
  return 0
}

/** Each part has a folder of its own, and whatever it started ends with it. */
async function runPart(part: Part): Promise<Measure[]> {
  const folder = path.resolve('.bench', part.name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const stops: (() => Promise<void>)[] = []
  const bench: Bench = {
    folder,
    say: (line) => console.log(`    ${line}`),
    onEnd: (stop) => void stops.push(stop),
  }
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => reject(new Error(`ended by ${signal}`)))
  })
  try {
    return await Promise.race([part.run(bench), interrupted])
  } finally {
    for (const stop of stops.toReversed()) await stop()
    await rm(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
