/** An answer in the platform's own error shape. */
export class DiscordError extends Error {
  readonly status: number
  readonly code: number
  readonly errors: unknown
  constructor(status: number, code: number, message: string, errors?: unknown) {
    super(message)
    this.name = 'DiscordError'
    this.status = status
    this.code = code
    this.errors = errors
  }
  body(): object {
    return { message: this.message, code: this.code, ...(this.errors ? { errors: this.errors } : {}) }
  }
}

export const unknownChannel = () => new DiscordError(404, 10003, 'Unknown Channel')
export const unknownMessage = () => new DiscordError(404, 10008, 'Unknown Message')
export const unknownInteraction = () => new DiscordError(404, 10062, 'Unknown interaction')
export const missingAccess = () => new DiscordError(403, 50001, 'Missing Access')
export const missingPermissions = () => new DiscordError(403, 50013, 'Missing Permissions')
