import { stringify } from 'yaml'
import { slackManifest } from '../bots/slack/manifest.ts'
import type { CliCommand } from './command.ts'

export const manifest: CliCommand = {
  name: 'manifest',
  usage: 'manifest slack',
  summary: "print the Slack app's manifest, made from the command list",
  run: async ({ args, config, out, error }) => {
    if (args[0] !== 'slack') {
      error('Usage: manifest slack. Discord needs none: its commands are registered at the start.')
      return 2
    }
    out(stringify(slackManifest(config())).trimEnd())
    return 0
  },
}
