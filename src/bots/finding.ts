/** What was found out about one part of a platform's connection; `fix` is the next step. */
export interface Finding {
  ok: boolean
  detail: string
  fix?: string
}
