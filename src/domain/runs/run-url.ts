import type { Ctx } from '../../context.ts'

/** The address of a run's page. */
export function runUrl(ctx: Pick<Ctx, 'publicUrl'>, project: string, number: number): string {
  return `${projectUrl(ctx, project)}/runs/${number}`
}

/** The address of a project's board. */
export function projectUrl(ctx: Pick<Ctx, 'publicUrl'>, project: string): string {
  return `${ctx.publicUrl}/p/${encodeURIComponent(project)}`
}
