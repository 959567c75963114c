import { writeFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'

/**
 * A whole instance as a process of its own that ends itself with SIGKILL at the named point, the `TEST_CRASH_COUNT`th
 * time that it comes by, and says so in a file first. Prints its address once it serves.
 */
const point = process.env['TEST_CRASH_AT']
let left = Number(process.env['TEST_CRASH_COUNT'] ?? '1')

const app = await startApp(readConfig(process.env, process.cwd()), {
  timings: { tickMs: 500, eventLeaseS: 1, channelLeaseMs: 1_000 },
  checkpoint: (name) => {
    if (name !== point || --left > 0) return
    writeFileSync(process.env['TEST_CRASH_MARKER'] ?? '', name)
    process.kill(process.pid, 'SIGKILL')
  },
})
// At an end by SIGKILL nothing would be kept of what was compiled.
flushCompileCache()
process.stdout.write(`${app.url}\n`)
process.once('SIGTERM', () => void app.stop())
