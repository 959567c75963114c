import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Pictures } from '../../charts/pictures.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { STATUSES } from '../problems.ts'
import { guardPages } from './access.ts'
import { chartPicture } from './chart-picture.ts'
import { comparePage } from './compare-page.ts'
import { consolePages } from './console-page.ts'
import { curvesData } from './curves-data.ts'
import { html, shown } from './html.ts'
import { page } from './layout.ts'
import { endStreamsAtClose } from './live.ts'
import { notesPages } from './notes-page.ts'
import { projectPage } from './project-page.ts'
import { projectsPage } from './projects-page.ts'
import { runPage } from './run-page.ts'
import { searchPage } from './search-page.ts'
import { sendPage } from './send-page.ts'

const CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data: https:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const OWN = path.join(import.meta.dirname, 'assets')
const UPLOT = path.dirname(fileURLToPath(import.meta.resolve('uplot')))

/** All that pages load, from this server. */
const ASSETS = [
  { name: 'style.css', type: 'text/css', folder: OWN },
  { name: 'icon.svg', type: 'image/svg+xml', folder: OWN },
  { name: 'live.js', type: 'text/javascript', folder: OWN },
  { name: 'curves.js', type: 'text/javascript', folder: OWN },
  { name: 'uPlot.min.css', type: 'text/css', folder: UPLOT },
  { name: 'uPlot.iife.min.js', type: 'text/javascript', folder: UPLOT },
]

/** The pages for people: rendered here, with a cookie for who has logged in. */
export function webPages(
  ctx: Ctx,
  options: { adminToken: string; pictures: Pictures; lookEveryMs?: number | undefined },
): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    await app.register(formbody)
    app.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true }
    })
    app.addHook('onRequest', async (_request, reply) => void reply.header('content-security-policy', CSP))
    app.setErrorHandler<Error>((error, request, reply) => sendErrorPage(ctx, error, request, reply))
    endStreamsAtClose(app, options.lookEveryMs)
    assets(app)
    guardPages(app, ctx, options)
    chartPicture(app, ctx, options.pictures)
    projectsPage(app, ctx)
    projectPage(app, ctx)
    runPage(app, ctx)
    comparePage(app, ctx)
    curvesData(app, ctx)
    notesPages(app, ctx)
    searchPage(app, ctx)
    consolePages(app, ctx)
  }
}

function assets(app: FastifyInstance): void {
  for (const { name, type, folder } of ASSETS) {
    const content = readFileSync(path.join(folder, name))
    app.get(`/assets/${name}`, (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).header('cache-control', 'public, max-age=300').send(content),
    )
  }
}

function sendErrorPage(ctx: Ctx, error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof AppError
  const status = known ? STATUSES[error.code] : ((error as { statusCode?: number }).statusCode ?? 500)
  if (status >= 500) ctx.log.error({ err: error, route: request.routeOptions.url }, 'a page failed')
  const words = known
    ? error.message
    : status >= 500
      ? 'Something went wrong here. It is in the log; please try again.'
      : error.message
  const body = html`<h1>${status === 404 ? 'Not found' : 'That did not work'}</h1><p class="notice">${shown(ctx.mask(words))}</p><p><a href="/">All projects</a></p>`
  return sendPage(reply, page({ title: 'Not possible', body, principal: request.principal }), status)
}
