import type { Ctx } from '../../context.ts'

/** The address of a run's page. */
export function runUrl(ctx: Pick<Ctx, 'publicUrl'>, project: string, number: number): string {
  return `${projectUrl(ctx, project)}/runs/${number}`
}

/** The address of a project's board. */
export function projectUrl(ctx: Pick<Ctx, 'publicUrl'>, project: string): string {
  return `${ctx.publicUrl}/p/${encodeURIComponent(project)}`
}

/** The run whose page an address leads to; undefined for every other address. */
export function parseRunUrl(
  ctx: Pick<Ctx, 'publicUrl'>,
  address: string,
): { project: string; number: number } | undefined {
  const [own, url] = [URL.parse(ctx.publicUrl), URL.parse(address)]
  if (own === null || url === null || url.host !== own.host || !/^https?:$/.test(url.protocol))
    return undefined
  const base = own.pathname.replace(/\/+$/, '')
  if (!url.pathname.startsWith(`${base}/p/`)) return undefined
  const [, project, number] =
    /^\/p\/([^/]+)\/runs\/(\d{1,10})\/?$/.exec(url.pathname.slice(base.length)) ?? []
  if (project === undefined) return undefined
  try {
    return { project: decodeURIComponent(project), number: Number(number) }
  } catch {
    return undefined
  }
}
