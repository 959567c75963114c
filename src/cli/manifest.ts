import { stringify } from 'yaml'
import { type SlackManifest, slackManifest } from '../bots/slack/manifest.ts'
import type { CliCommand } from './command.ts'

const USAGE = 'manifest slack [--http] [--link]'

export const manifest: CliCommand = {
  run: async ({ args, config: read, out, error }) => {
    const [platform, ...options] = args
    if (platform !== 'slack' || options.some((option) => option !== '--http' && option !== '--link')) {
      error(`Usage: ${USAGE}. Discord needs none: its commands are registered at the start.`)
      return 2
    }
    const config = read()
    const overHttp = options.includes('--http')
    if (overHttp && !config.publicUrl.startsWith('https://')) {
      error(`PUBLIC_URL is ${config.publicUrl}: over HTTP Slack needs an https address that it can reach.`)
      return 1
    }
    const made = slackManifest(config, overHttp || undefined)
    out(options.includes('--link') ? createLink(made) : stringify(made).trimEnd())
    return 0
  },
}

/** Opens Slack's page for a new app, filled in. */
function createLink(made: SlackManifest): string {
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(made))}`
}
