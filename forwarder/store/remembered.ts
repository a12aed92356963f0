/** Who was started when, and which interview was nobody's: the queue itself forgets what it has done after a week. */
import type { Db } from 'pg-boss';
import * as z from 'zod';

export const rememberedTable = `create table if not exists forwarder.started (
  id uuid primary key, at timestamptz not null default now());`;

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

/** Those of the ids that are remembered; `days` is how long that counts, undefined for ever. */
export const rememberedAmong = async (db: Db, jobIds: string[], days: number | undefined): Promise<Set<string>> => {
  const { rows } = await db.executeSql(
    `select id::text from forwarder.started where id = any($1::uuid[])
     and ($2::float8 is null or at > now() - $2::float8 * interval '1 day')`,
    [jobIds, days ?? null],
  );
  return new Set(ids.parse(rows));
};

export const remember = async (db: Db, jobId: string): Promise<void> => {
  await db.executeSql(
    'insert into forwarder.started (id) values ($1) on conflict (id) do update set at = excluded.at',
    [jobId],
  );
};
