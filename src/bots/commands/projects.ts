import { listProjects } from '../../domain/projects/list-projects.ts'
import { formatAge } from '../../domain/text/format.ts'
import { cut, header, message, paragraph } from '../../messages/build.ts'
import type { Command } from './command.ts'
import { readWords } from './parts.ts'

const SHOWN = 25

export const projects: Command = {
  name: 'projects',
  summary: 'All projects, the one written to last first',
  usage: 'projects',
  example: 'projects',
  changes: false,
  options: [],
  run: async (ctx, input) => {
    readWords(ctx, projects, input, { fewest: 0, most: 0 })
    const { projectId } = input.asker
    const list = await listProjects(ctx, {
      limit: SHOWN + 1,
      ...(projectId === undefined ? {} : { visible: projectId }),
    })
    if (list.length === 0) {
      const hint = 'No project yet: the first run that is logged makes one.'
      return { message: message('projects', hint, [paragraph(hint)]), data: { projects: [] } }
    }
    const now = ctx.clock.now()
    const lines = list.slice(0, SHOWN).map((project) => ({
      ref: cut(project.name, 80),
      url: project.url,
      details: [
        project.runs === 1 ? '1 run' : `${project.runs} runs`,
        ...(project.running > 0 ? [`${project.running} running`] : []),
        project.last_run_at === null
          ? 'nothing logged'
          : `last run ${formatAge(new Date(project.last_run_at), now)}`,
      ],
    }))
    const more = list.length > SHOWN ? { more: { count: list.length - SHOWN, url: ctx.publicUrl } } : {}
    const title = lines.length === 1 ? '1 project' : `${lines.length} projects`
    return {
      message: message('projects', title, [header(title), { type: 'runs', runs: lines, ...more }]),
      data: { projects: list },
    }
  },
}
