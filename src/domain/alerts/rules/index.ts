import type { AlertRule } from './rule.ts'
import { best } from './best.ts'
import { failed } from './failed.ts'
import { killed } from './killed.ts'

/** Every alert rule. What can be watched, the help of `watch`, mutes and the handling of events follow from this list. */
export const RULES: AlertRule[] = [best, failed, killed] as AlertRule[]
