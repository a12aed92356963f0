/**
 * When a service may be spoken to next, for all workers together: one row for each, which outlives them. Calls are spaced
 * out, because so many a minute would come in a burst at each minute's edge. The database's clock counts, not a worker's.
 */
import type { Db } from 'pg-boss';
import * as z from 'zod';
import type { Service } from '../../boundary/failure.ts';
import { isFault, type Outcome, type Pause, pauseAfter, services } from '../engine.ts';
import type { Database } from './database.ts';

export type Pace = Awaited<ReturnType<typeof paceIn>>;

export const paceTable = `create table if not exists forwarder.pace (
  service text primary key, next_at timestamptz not null default now(), paused_until timestamptz not null default now(),
  faults int not null default 0, why text not null default '', paused_at timestamptz not null default now());`;

/** Slots are never taken so many milliseconds ahead; one that seems so was taken before the clock was set back. */
const FARTHEST = 60_000;

/** Until when nobody speaks to the service; a pause that begins later than now was asked for before the clock was set back. */
const pausedUntil = `case when paused_at > clock_timestamp() then clock_timestamp() else paused_until end`;

const waits = z.array(z.object({ wait: z.coerce.number() }));
const faults = z.tuple([z.object({ faults: z.number() })]);
const pauses = z.array(z.object({ service: z.enum(services), seconds: z.number(), why: z.string() }));

/** For how many seconds nobody speaks to a service, in SQL; none above 0 when it may be spoken to. */
export const SECONDS_PAUSED = `ceil(extract(epoch from ${pausedUntil} - clock_timestamp()))::int`;

/** The services that nobody speaks to, and why; `keys` name them in the table. */
export const pausesOf = async (db: Db, keys: Record<Service, string>): Promise<Pause[]> => {
  const { rows } = await db.executeSql(
    `select names.service, ${SECONDS_PAUSED} as seconds, why
     from forwarder.pace join (values ('Koji', $1), ('Amplitude', $2)) as names (service, key) on names.key = pace.service
     where ${pausedUntil} > clock_timestamp() order by 1 desc`,
    [keys.Koji, keys.Amplitude],
  );
  return pauses.parse(rows);
};

/** The pace of one service. `spacing` in milliseconds. */
export const paceIn = async (database: Database, service: string, spacing: number) => {
  await database.executeSql('insert into forwarder.pace (service) values ($1) on conflict do nothing', [service]);
  const asked = async (sql: string, ...values: unknown[]): Promise<number | null> => {
    const { rows } = await database.executeSql(sql, [service, ...values]);
    return waits.parse(rows)[0]?.wait ?? null;
  };
  const until = (time: string) => `1000 * extract(epoch from ${time} - clock_timestamp())`;
  const slot = `case when next_at > clock_timestamp() + ${FARTHEST} * interval '1 millisecond' then clock_timestamp()
    else greatest(next_at, clock_timestamp()) end`;
  return {
    /** Milliseconds until the service may be spoken to; 0: now, or at the next slot. */
    waitOf: async () => {
      const wait = await asked(
        `select greatest(${until(pausedUntil)}, ${until(slot)}) as wait from forwarder.pace where service = $1`,
      );
      return wait !== null && wait > spacing ? wait : 0;
    },
    /** Takes the next slot; gives the milliseconds until it, or null, and no slot, when a pause began meanwhile. */
    take: () =>
      asked(
        `update forwarder.pace set next_at = ${slot} + $2::float8 * interval '1 millisecond'
         where service = $1 and ${pausedUntil} <= clock_timestamp() returning ${until('next_at')} - $2::float8 as wait`,
        spacing,
      ),
    /** Learns from what came of a call: nobody speaks to the service for as long as that asks for. */
    heed: async (outcome: Outcome) => {
      if (!('pauseSeconds' in outcome)) {
        await asked('update forwarder.pace set faults = 0 where service = $1 and faults > 0');
        return;
      }
      const { rows } = await database.executeSql(
        'update forwarder.pace set faults = faults + $2 where service = $1 returning faults',
        [service, isFault(outcome) ? 1 : 0],
      );
      const seconds = pauseAfter(outcome, faults.parse(rows)[0].faults);
      if (seconds === 0) return;
      await asked(
        `update forwarder.pace set why = $3, paused_at = clock_timestamp(),
           paused_until = greatest(${pausedUntil}, clock_timestamp() + $2::float8 * interval '1 second')
         where service = $1`,
        seconds,
        outcome.why,
      );
    },
  };
};
