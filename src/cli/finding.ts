/** What the doctor found out about one part. */
export interface Finding {
  name: string
  ok: boolean
  detail: string
  /** The next step, where there is one to take; beside ok, what would make it better. */
  fix?: string
}
