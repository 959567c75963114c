// Plain JavaScript that any Node understands: an old one would otherwise fail on the first .ts file without saying why.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `Node ${process.versions.node} is too old: Expediter needs 24 or newer. Run npm ci with install scripts on (it brings one), or install Node 24.\n`,
  )
  process.exit(1)
}
