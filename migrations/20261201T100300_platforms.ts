import { type Kysely, sql } from 'kysely'

/** Platforms are listed once, as the type Platform: a new one needs no migration. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table channels drop constraint channels_platform_check`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // Rows of platforms that came later are left as they are: the check holds for new rows.
  await sql`alter table channels add constraint channels_platform_check
    check (platform in ('slack', 'discord', 'console')) not valid`.execute(db)
}
