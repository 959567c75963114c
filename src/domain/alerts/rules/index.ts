import type { AlertRule } from './rule.ts'
import { best } from './best.ts'
import { failed } from './failed.ts'
import { killed } from './killed.ts'

/** Every alert rule. The words that `watch` accepts, its help, mutes and event handling are derived from this list. */
export const RULES: AlertRule[] = [best, failed, killed] as AlertRule[]
