import { existsSync } from 'node:fs'
import './check-node.js'

// Settings of this folder, for every command alike; what is set already wins.
if (existsSync('.env')) process.loadEnvFile('.env')

await import('../src/main.ts')
