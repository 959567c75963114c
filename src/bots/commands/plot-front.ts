import type { Ctx } from '../../context.ts'
import { type FrontInput, paretoFront } from '../../domain/boards/pareto-front.ts'
import { frontPicture } from '../../domain/pictures/front-picture.ts'
import { projectUrl } from '../../domain/runs/run-url.ts'
import { formatValues } from '../../domain/text/format.ts'
import { about, context, cut, header, message, paragraph, withPictures } from '../../messages/build.ts'
import type { Block } from '../../messages/model.ts'
import type { Answer } from './command.ts'

const SHOWN = 10

/** Two metrics of a project's finished runs against each other, and the runs that no other beats in both. */
export async function frontAnswer(ctx: Ctx, input: FrontInput): Promise<Answer> {
  const { project, x, y } = input
  const found = await paretoFront(ctx, input)
  const title = `${y.name} against ${x.name} in ${project.name}`
  const data = {
    project: project.name,
    x: { metric: x.name, direction: x.direction },
    y: { metric: y.name, direction: y.direction },
    runs: found.runs,
    front: found.front.map(({ id, ref, name, owner, url, ...run }) => ({
      run: { id, ref, name, owner, url },
      x: run.x,
      y: run.y,
    })),
  }
  const picture = frontPicture(project.name, x, y, found)
  if (picture === undefined) {
    const none = paragraph(
      `No finished run that fits has a value of both ${cut(x.name, 60)} and ${cut(y.name, 60)}.`,
    )
    return { message: message('empty', `${title}: none`, [header(cut(title, 140)), none]), data }
  }
  const [xs, ys] = [
    formatValues(found.front.map((run) => run.x)),
    formatValues(found.front.map((run) => run.y)),
  ]
  const hidden = found.front.length - SHOWN
  const blocks: Block[] = [
    header(cut(title, 140)),
    {
      type: 'runs',
      runs: found.front.slice(0, SHOWN).map((run, at) => ({
        ref: run.ref,
        url: run.url,
        ...(run.name === null ? {} : { name: cut(run.name, 60) }),
        value: `${ys[at]} at ${xs[at]}`,
        details: [run.owner === null ? 'owner not given' : cut(run.owner, 40)],
      })),
      ...(hidden > 0 ? { more: { count: hidden, url: projectUrl(ctx, project.name) } } : {}),
    },
    context(
      `${cut(y.name, 60)} at ${cut(x.name, 60)}, of each run that none of the ${found.runs.toLocaleString('en-US')} finished ones beats in both.`,
    ),
  ]
  const told = withPictures(message('plot', picture.alt, blocks), picture)
  return {
    message: about(
      told,
      found.front.slice(0, SHOWN).map(({ id }) => id),
    ),
    data,
  }
}
