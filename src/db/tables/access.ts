import type { ColumnType, Generated, JSONColumnType } from 'kysely'

export type Scope = 'ingest' | 'read' | 'admin'

export interface AccessTables {
  people: PeopleTable
  people_accounts: PeopleAccountsTable
  tokens: TokensTable
  web_sessions: WebSessionsTable
  admins: AdminsTable
  audit: AuditTable
  idempotency_keys: IdempotencyKeysTable
}

interface PeopleTable {
  id: Generated<number>
  name: string
  created_at: Date
}

interface PeopleAccountsTable {
  platform: string
  workspace: string
  account: string
  /** The account's name on its platform when it was linked; '' for older links. */
  name: Generated<string>
  person_id: number
  created_at: Date
}

interface TokensTable {
  id: Generated<number>
  name: string
  hash: string
  person: string
  scopes: Scope[]
  project_id: number | null
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

interface WebSessionsTable {
  hash: string
  /** Null for the configured admin token. */
  token_id: number | null
  created_at: Date
  expires_at: Date
}

/** Admins of chat: the only ones who may change things for everybody. While the table is empty, everyone may. */
interface AdminsTable {
  id: Generated<number>
  /** 'slack', 'discord'; 'any' for a person whose accounts are linked. */
  platform: string
  workspace: string
  kind: 'account' | 'role' | 'person'
  /** The platform's id of the account or role, or the person's name. */
  subject: string
  name: string
  named_by: string
  created_at: Date
}

/** Changes, who made them and where; never updated. */
interface AuditTable {
  id: Generated<number>
  at: Date
  actor: string
  origin: string
  action: string
  subject: string
  project_id: number | null
  details: JSONColumnType<Record<string, unknown>, string | undefined, string>
}

/** Answers by Idempotency-Key: a repeated request gets the answer to the first. */
interface IdempotencyKeysTable {
  scope: string
  key: string
  request_hash: string
  status: number | null
  response: ColumnType<unknown, string | null, string | null>
  created_at: Date
}
