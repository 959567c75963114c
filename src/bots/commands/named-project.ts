import type { Ctx } from '../../context.ts'
import { findProject, type Project } from '../../domain/projects/resolve-project.ts'
import { AppError } from '../../errors.ts'
import type { Asker } from './command.ts'

/**
 * The project at the end of free text: `in general` there is part of the text, unless there is such a project or
 * quotes say where the text ends.
 * @throws AppError not_found after a text in quotes
 */
export async function projectNamed(
  ctx: Pick<Ctx, 'db'>,
  { projectId }: Pick<Asker, 'projectId'>,
  name: string | undefined,
  quoted: boolean,
): Promise<Project | undefined> {
  if (name === undefined) return undefined
  try {
    return await findProject(ctx, name, projectId === undefined ? {} : { projectId })
  } catch (error) {
    if (!quoted && error instanceof AppError && error.code === 'not_found') return undefined
    throw error
  }
}
