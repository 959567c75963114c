import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { notFound } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { nearest } from '../text/suggest.ts'
import { type ChannelKey, ensureChannel } from './ensure-channel.ts'

export interface Watch {
  project: string
  /** The names of alert rules. */
  events: string[]
}

/**
 * Subscribes a channel to a project, which need not have runs yet. A paused channel is resumed.
 * @returns whether the project has runs, and similar names when it has none
 */
export async function watchProject(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  watch: Watch & { by: string },
): Promise<{ known: boolean; suggestions: string[] }> {
  const projects = await ctx.db
    .selectFrom('projects')
    .select(['name', 'next_run_number'])
    .limit(2_000)
    .execute()
  const known = projects.some(({ name, next_run_number }) => name === watch.project && next_run_number > 1)
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, channelKey)
    await trx
      .updateTable('channels')
      .set({ refusals: 0, paused_at: null, pause_reason: null })
      .where('id', '=', channel.id)
      .execute()
    await trx
      .insertInto('subscriptions')
      .values({
        channel_id: channel.id,
        project: watch.project,
        events: watch.events,
        created_by: watch.by,
        created_at: ctx.clock.now(),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['channel_id', 'project'])
          .doUpdateSet({ events: watch.events, created_by: watch.by }),
      )
      .execute()
    await trx
      .deleteFrom('mutes')
      .where('channel_id', '=', channel.id)
      .where('project', '=', watch.project)
      .execute()
    await audit(trx, ctx, actor, 'watch.add', watch.project, {
      details: { ...channelKey, events: watch.events },
    })
  })
  return {
    known,
    suggestions: known
      ? []
      : nearest(
          watch.project,
          projects.map(({ name }) => name),
        ),
  }
}

/** Ends a subscription. @throws AppError not_found that names the projects that the channel watches */
export async function unwatchProject(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  project: string,
): Promise<void> {
  const watches = await listWatches(ctx, channelKey)
  if (!watches.some((watch) => watch.project === project)) {
    const names = watches.map((watch) => watch.project)
    const what = names.length === 0 ? 'It watches nothing.' : `It watches ${names.join(', ')}.`
    throw notFound(`This channel does not watch ${project}. ${what}`, {
      field: 'project',
      token: project,
      value: project,
      suggestions: nearest(project, names),
    })
  }
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, channelKey)
    await trx
      .deleteFrom('subscriptions')
      .where('channel_id', '=', channel.id)
      .where('project', '=', project)
      .execute()
    await audit(trx, ctx, actor, 'watch.remove', project, { details: { ...channelKey } })
  })
}

export async function listWatches(ctx: Pick<Ctx, 'db'>, channelKey: ChannelKey): Promise<Watch[]> {
  return await ctx.db
    .selectFrom('subscriptions')
    .innerJoin('channels', 'channels.id', 'subscriptions.channel_id')
    .select(['subscriptions.project', 'subscriptions.events'])
    .where('channels.platform', '=', channelKey.platform)
    .where('channels.workspace', '=', channelKey.workspace)
    .where('channels.channel', '=', channelKey.channel)
    .orderBy('subscriptions.project')
    .execute()
}
