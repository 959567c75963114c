import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow, Database, EpisodeState } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'
import { subscribedChannels } from '../channels/subscribed-channels.ts'
import { planDelivery, reviseDelivery } from '../deliveries/plan.ts'
import { sameMessage } from '../deliveries/same-message.ts'
import { accountOfOwner } from '../people/account-of-owner.ts'
import {
  type Episode,
  episodesOf,
  firingEpisodes,
  insertEpisode,
  newestEpisodes,
  nextEpisodeId,
  updateEpisode,
} from './rules/episodes.ts'
import { lockAlerts } from './project-lock.ts'
import type {
  AlertEvent,
  AlertRule,
  Finding,
  Firing,
  RenderInput,
  Resolution,
  Revision,
} from './rules/rule.ts'
import { RULES } from './rules/index.ts'

/**
 * Runs the rules of an event's topic, and plans the messages and edits for their findings. A lock makes transactions
 * plan the alerts of a project one after the other.
 * @returns the channels for which messages or edits were planned
 */
export async function planAlerts(trx: Transaction<Database>, ctx: Ctx, event: AlertEvent): Promise<number[]> {
  const rules = RULES.filter(({ topics }) => topics.includes(event.topic))
  if (rules.length === 0) return []
  await lockAlerts(trx, event.payload.projectId)
  const channels = new Set<number>()
  for (const rule of rules) {
    for (const finding of await rule.decide(trx, ctx, event)) {
      const planner = new Planner(trx, ctx, rule)
      for (const id of await planner.plan(finding)) channels.add(id)
    }
  }
  return [...channels]
}

/** Plans the messages for one finding of a rule. Equal messages are rendered once for all channels. */
class Planner<M, D> {
  readonly #trx: Transaction<Database>
  readonly #ctx: Ctx
  readonly #rule: AlertRule<M, D>
  readonly #now: Date
  readonly #rendered = new Map<string, Message>()

  constructor(trx: Transaction<Database>, ctx: Ctx, rule: AlertRule<M, D>) {
    this.#trx = trx
    this.#ctx = ctx
    this.#rule = rule
    this.#now = ctx.clock.now()
  }

  async plan(finding: Finding<M, D>): Promise<number[]> {
    switch (finding.kind) {
      case 'fires':
        return await this.#fire(finding)
      case 'resolves':
        return await this.#resolve(finding)
      case 'revises':
        return await this.#reviseAll(finding)
      default:
        return finding satisfies never
    }
  }

  async #fire(finding: Firing<M, D>): Promise<number[]> {
    const channels = await subscribedChannels(this.#trx, this.#ctx, finding.project.name, this.#rule.name)
    // Two channels that watch one project get a message each, but an owner is mentioned once.
    const mentioned = new Set<string>()
    for (const channel of channels) await this.#fireIn(channel, finding, mentioned)
    return channels.map(({ id }) => id)
  }

  async #fireIn(channel: ChannelRow, finding: Firing<M, D>, mentioned: Set<string>): Promise<void> {
    const newest: Episode<M>[][] = []
    for (const { key } of finding.parts)
      newest.push(await newestEpisodes<M>(this.#trx, this.#rule.name, finding.project.id, key, channel.id))
    if (this.#rule.resolves && newest.some(([last]) => last?.state === 'firing')) return
    const { grouping } = this.#rule
    const found = await grouping?.find(this.#trx, finding, newest, this.#now)
    const deliveryId =
      found?.open === undefined
        ? await this.#post(channel, finding, mentioned)
        : await this.#join(found.open, finding)
    if (deliveryId === undefined) return
    for (const [index, former] of (found?.former ?? []).entries())
      if (former !== undefined && former.delivery.id !== deliveryId)
        await this.#overtake(former, finding, index)
  }

  /** @returns the delivery's id, or undefined when this message was planned before */
  async #post(
    channel: ChannelRow,
    finding: Firing<M, D>,
    mentioned: Set<string>,
  ): Promise<number | undefined> {
    const { project, subject, parts, data } = finding
    const owned = await accountOfOwner(this.#trx, channel, finding.owner ?? null)
    const account = owned !== undefined && !mentioned.has(owned) ? owned : undefined
    // A subject and state is posted only once. A rule that can fire again adds its episode's id to the state.
    const id = this.#rule.resolves ? await nextEpisodeId(this.#trx) : undefined
    const deliveryId = await planDelivery(this.#trx, this.#ctx, {
      channelId: channel.id,
      rule: this.#rule.name,
      subject,
      state: id === undefined ? finding.state : `${finding.state}:${id}`,
      projectId: project.id,
      message: await this.#render({
        projectId: project.id,
        parts: parts.map((part) => ({ ...part, state: this.#stateOfNew() })),
        data,
        ...(account === undefined ? {} : { account }),
      }),
    })
    if (deliveryId === undefined) return undefined
    if (account !== undefined) mentioned.add(account)
    for (const [index, part] of parts.entries())
      await this.#open(channel.id, deliveryId, finding, part, index === 0 ? id : undefined)
    return deliveryId
  }

  /** Adds a finding to the message of an open episode. */
  async #join(open: Episode<M>, finding: Firing<M, D>): Promise<number> {
    const deliveryId = open.delivery.id
    const { grouping } = this.#rule
    if (grouping === undefined) return deliveryId
    const episodes = await episodesOf<M>(this.#trx, deliveryId)
    const openUntil = grouping.openUntil(finding, this.#now, open)
    let joined = false
    for (const part of finding.parts) {
      const episode = episodes.find(({ key }) => key === part.key)
      const members = episode === undefined ? part.members : grouping.merge(episode, finding, part)
      if (members === undefined) continue
      joined = true
      if (episode === undefined) await this.#open(open.channelId, deliveryId, finding, part, undefined, open)
      else await updateEpisode(this.#trx, episode.id, { members, openUntil })
    }
    if (joined)
      await this.#change(open.delivery, finding.project.id, finding.data, grouping.editAt(open, this.#now))
    return deliveryId
  }

  async #overtake(former: Episode<M>, finding: Firing<M, D>, index: number): Promise<void> {
    const part = finding.parts[index]
    const { grouping } = this.#rule
    if (part === undefined || grouping?.overtake === undefined) return
    const members = await grouping.overtake(this.#trx, former, part)
    if (members === undefined) return
    await updateEpisode(this.#trx, former.id, { members, state: 'resolved' })
    await this.#change(former.delivery, finding.project.id, finding.data, this.#now)
  }

  async #resolve({ projectId, key, data }: Resolution<D>): Promise<number[]> {
    const firing = await firingEpisodes<M>(this.#trx, this.#rule.name, projectId, key)
    for (const { id, delivery } of firing) {
      await updateEpisode(this.#trx, id, { state: 'resolved' })
      await this.#change(delivery, projectId, data, this.#now)
    }
    return firing.map(({ channelId }) => channelId)
  }

  async #reviseAll({ projectId, deliveries, data }: Revision<D>): Promise<number[]> {
    const channels: number[] = []
    for (const delivery of deliveries)
      if (await this.#change(delivery, projectId, data, this.#now)) channels.push(delivery.channelId)
    return channels
  }

  /** Renders a message again, and plans an edit when it differs. @returns whether it differs */
  async #change(
    { id, message }: { id: number; message: Message },
    projectId: number,
    data: D,
    editAt: Date,
  ): Promise<boolean> {
    const parts = await episodesOf<M>(this.#trx, id)
    const input = {
      projectId,
      parts: parts.map(({ key, members, state }) => ({ key, members, state })),
      data,
    }
    const rendered = this.#rule.amend?.(this.#ctx, message, input) ?? (await this.#render(input))
    // The reply in the thread was planned with the post, and never changes.
    const { thread: _thread, ...changed } = rendered
    if (sameMessage(changed, message)) return false
    await reviseDelivery(this.#trx, id, changed, editAt)
    return true
  }

  async #render(input: RenderInput<M, D>): Promise<Message> {
    const { parts, account } = input
    const key = JSON.stringify([parts, account])
    const known = this.#rendered.get(key)
    if (known !== undefined) return known
    const message = await this.#rule.render(this.#trx, this.#ctx, input)
    this.#rendered.set(key, message)
    return message
  }

  async #open(
    channelId: number,
    deliveryId: number,
    finding: Firing<M, D>,
    { key, members }: { key: string; members: M },
    id: number | undefined,
    joined?: Episode<M>,
  ): Promise<void> {
    const { grouping, name } = this.#rule
    await insertEpisode(this.#trx, {
      id,
      rule: name,
      projectId: finding.project.id,
      key,
      channelId,
      deliveryId,
      openedAt: this.#now,
      openUntil: grouping?.openUntil(finding, this.#now, joined) ?? this.#now,
      members,
      state: this.#stateOfNew(),
    })
  }

  #stateOfNew(): EpisodeState {
    return this.#rule.grouping?.lasts === false ? 'resolved' : 'firing'
  }
}
