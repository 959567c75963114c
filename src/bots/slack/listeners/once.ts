import type { Ctx } from '../../../context.ts'
import { seeEvent } from '../../../domain/channels/see-event.ts'
import { messageOf } from '../../../errors.ts'
import { type Answerer, AnswerLostError } from '../answer.ts'

/** Once per trigger, however often Slack repeats it; a defect of ours is shown to the person who asked, and logged. */
export async function once(
  { ctx }: { ctx: Ctx },
  triggerId: string | undefined,
  answer: Answerer,
  work: () => Promise<void>,
): Promise<void> {
  try {
    if (triggerId !== undefined && !(await seeEvent(ctx, 'slack', triggerId))) return
    await work()
  } catch (error) {
    ctx.log.error({ error: messageOf(error) }, 'Slack: no answer')
    if (error instanceof AnswerLostError) return
    await answer
      .notice('That did not work: the tracker has a problem of its own. Please try again in a minute.')
      .catch(() => {})
  }
}
