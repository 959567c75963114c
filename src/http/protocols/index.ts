import { native } from './native/index.ts'
import type { Protocol } from './protocol.ts'

/** Every protocol that the server speaks. */
export const PROTOCOLS: readonly Protocol[] = [native]
