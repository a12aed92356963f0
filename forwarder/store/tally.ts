/** What happened, counted by the hour, for whoever looks at the page or the metrics. Names nobody. */
import type { Db } from 'pg-boss';
import * as z from 'zod';
import type { Tally, Total } from '../engine.ts';

export const tallyTable = `create table if not exists forwarder.tally (
  hour timestamptz, what text, times int not null, primary key (hour, what));`;

/** What a count outside of a transaction adds: the disk need not have it before anybody goes on. */
const UNHURRIED = "from (select set_config('synchronous_commit', 'off', true)) as commitment";

const add = async (db: Db, what: string, how: string): Promise<void> => {
  await db.executeSql(
    `insert into forwarder.tally (hour, what, times) select date_trunc('hour', now()), $1, 1 ${how}
     on conflict (hour, what) do update set times = tally.times + 1`,
    [what],
  );
};

/** Counts it in a transaction with what happened. */
export const tallyWith = (db: Db, what: string): Promise<void> => add(db, what, '');

/** Counts it by itself; when the machine ends at once, the count of the last seconds is lost. */
export const tallyAlone = (db: Db, what: string): Promise<void> => add(db, what, UNHURRIED);

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
