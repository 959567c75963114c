/** The account or token that makes a change, for the audit table and for notes. */
export interface Actor {
  /** A person's name where known, else the platform's account. */
  name: string
  /** The interface that received the change: 'api', 'mlflow', 'slack:T1', 'discord:99', 'console', 'cli'. */
  origin: string
}
