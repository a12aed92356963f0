/** What is kept beside the jobs that wait: who was started, what happened, and the jobs that were given up. */
import type { Db } from 'pg-boss';
import * as z from 'zod';
import type { DeadJob, Tally, Total } from '../engine.ts';
import { jobSchema } from '../jobs.ts';

/** Who was started when, and which interview was nobody's: the queue itself forgets what it has done. */
export const rememberedTable = `create table if not exists forwarder.started (
  id uuid primary key, at timestamptz not null default now());`;

/** Whether it was within so many days, in SQL; null: at any time. */
export const isRecent = (days: string): string =>
  `(${days}::float8 is null or at > now() - ${days}::float8 * interval '1 day')`;

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

/** Those of the ids that are remembered; `days` is how long that counts, undefined for ever. */
export const rememberedAmong = async (db: Db, jobIds: string[], days: number | undefined): Promise<Set<string>> => {
  const { rows } = await db.executeSql(
    `select id::text from forwarder.started where id = any($1::uuid[])
     and ${isRecent('$2')}`,
    [jobIds, days ?? null],
  );
  return new Set(ids.parse(rows));
};

/** Remembers an id, in SQL. */
export const remembering = (id: string): string =>
  `insert into forwarder.started (id) values (${id}) on conflict (id) do update set at = excluded.at`;

/** What happened, counted by the hour, for whoever looks at the page or the metrics. Names nobody. */
export const tallyTable = `create table if not exists forwarder.tally (
  hour timestamptz, what text, times int not null, primary key (hour, what));`;

/** Of a transaction that only counts: nobody waits for the disk, and a machine that ends at once loses its last seconds. */
export const UNHURRIED = "set_config('synchronous_commit', 'off', true)";

/** Counts what happened, in SQL. */
export const counting = (what: string): string =>
  `insert into forwarder.tally (hour, what, times) values (date_trunc('hour', now()), ${what}, 1)
   on conflict (hour, what) do update set times = tally.times + 1`;

export const tally = async (db: Db, what: string): Promise<void> => {
  await db.executeSql(counting('$1'), [what]);
};

const times = z.object({ what: z.string(), times: z.number() });
const tallies = z.array(times.extend({ hour: z.date() }));
const totals = z.array(times);

/** The newest hour first. */
export const talliesOf = async (db: Db, hours: number): Promise<Tally[]> => {
  const { rows } = await db.executeSql(
    `select hour, what, times from forwarder.tally
     where hour > now() - $1::float8 * interval '1 hour' order by hour desc, what`,
    [hours],
  );
  return tallies.parse(rows);
};

/** Hours that nobody looks at any more become one, which is so long ago: there would be thousands to add up. */
const ROLL_UP = `with old as (
    delete from forwarder.tally where hour > 'epoch' and hour < now() - interval '2 days' returning what, times)
  insert into forwarder.tally (hour, what, times) select 'epoch', what, sum(times) from old group by what
  on conflict (hour, what) do update set times = tally.times + excluded.times`;

/** All that was ever counted. */
export const totalsOf = async (db: Db): Promise<Total[]> => {
  await db.executeSql(ROLL_UP);
  const { rows } = await db.executeSql('select what, sum(times)::float8 as times from forwarder.tally group by what');
  return totals.parse(rows);
};

/** Each job that was given up waits under its id in this queue until somebody has it tried again. */
export const DEAD = 'koji-dead';

const deadRows = z.array(
  z.object({ id: z.string(), at: z.date(), data: z.object({ job: jobSchema, why: z.string() }) }),
);

/** The newest first; with an id, that one. */
export const deadJobs = async (db: Db, most: number, id: string | null = null): Promise<DeadJob[]> => {
  const found = await db.executeSql(
    `select id::text, created_on as at, data from pgboss.job
     where name = $1 and state = 'created' and ($2::text is null or id::text = $2) order by created_on desc limit $3`,
    [DEAD, id, most],
  );
  return deadRows.parse(found.rows).map(({ data, ...row }) => ({ ...row, ...data }));
};
