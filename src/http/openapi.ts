import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/** Routes with a schema describe themselves; pages and foreign protocols have none and stay out. */
export async function describeApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Expediter',
        version: '1',
        description: 'Runs in, answers out. Errors are RFC 9457 problem documents that name the field.',
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: ({ schema, url, route }) => {
      const hidden = schema === undefined || schema.hide === true
      if (hidden) return { schema: { ...schema, hide: true }, url }
      const open = route.config?.scope === undefined
      return { schema: open ? { ...schema, security: [] } : schema, url }
    },
  })
}

export function openApiRoute(app: FastifyInstance): void {
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger())
}
