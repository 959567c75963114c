import { globSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Runs of random inputs are the same every time, unless FUZZ_SEED or FUZZ_RUNS say otherwise. */
const setupFiles = ['test/support/fuzz.ts']

const globalSetup = ['test/support/global-setup.ts']
/** Files that replace a module of ours: they share no modules with other files. */
const MOCKING = globSync('test/integration/**/*.test.ts').filter((file) =>
  readFileSync(file, 'utf8').includes('vi.mock('),
)

export default defineConfig({
  test: {
    // One more than the cores of a small machine: tests of messages wait as much as they work.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // How long to wait for what will happen, on a busy machine too; nothing here measures speed.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        // No server and no database: `npx vitest run --project unit` is the loop of seconds.
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/contracts/**/*.test.ts'],
          setupFiles,
          pool: 'threads',
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: MOCKING,
          setupFiles,
          globalSetup,
          pool: 'forks',
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'integration-own', include: MOCKING, setupFiles, globalSetup, pool: 'forks' },
      },
    ],
  },
})
