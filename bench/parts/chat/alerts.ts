import { equal, ok } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../../harness/measure.ts'
import { createRandom } from '../../harness/random.ts'
import { finish, type, type World } from './world.ts'

/** A project that one channel watches, with a first run to be beaten. */
export interface Watched {
  project: string
  channel: string
}

export async function watchProjects(world: World, count: number, prefix: string): Promise<Watched[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const project = `${prefix}-${index}`
      const channel = world.slack.state.addChannel(project)
      await type(world, channel, `watch ${project}`)
      await finish(world, project, 0.5)
      return { project, channel }
    }),
  )
}

/** A record in each project, one after the other at odd moments. @returns the p95 of request sent to post seen */
export async function beatRecords(world: World, watched: Watched[]): Promise<number> {
  const { slack } = world
  const random = createRandom(watched.length)
  const latencies: number[] = []
  for (const { project, channel } of watched) {
    await sleep(random() * 100)
    const begun = performance.now()
    const seen = slack.until(() => slack.posts(channel)[0]).then(() => performance.now())
    await finish(world, project, 0.6)
    latencies.push((await seen) - begun)
  }
  return percentile(latencies, 0.95)
}

/** One post in each channel, about the run that beat the record, and nothing that Slack would not have taken. */
export function checkPosts({ slack }: World, watched: Watched[]): void {
  for (const { project, channel } of watched) {
    const posts = slack.posts(channel)
    equal(posts.length, 1, `${posts.length} posts about ${project}`)
    ok(JSON.stringify(posts[0]).includes(`${project}#2`), `the post is not about ${project}#2`)
  }
  equal(slack.state.violations.join('\n'), '')
}
