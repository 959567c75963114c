/** Who changes something, for the audit table and for notes. */
export interface Actor {
  /** A person's name where known, else the platform's account. */
  name: string
  /** Where the change came in: 'api', 'mlflow', 'slack:T1', 'discord:99', 'console', 'cli'. */
  origin: string
}
