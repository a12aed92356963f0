/**
 * When a service may be spoken to next, for all workers together: one row for each, which outlives them. Starts are
 * spaced out, because so many a minute would come in a burst at each minute's edge.
 */
import * as z from 'zod';
import type { Database } from './database.ts';

export type Limiter = {
  /** Milliseconds until the service may be spoken to; 0 or less: now. */
  waitOf: () => Promise<number>;
  /** Takes the next slot; gives the milliseconds until it. Who dies with a slot loses the slot and nobody. */
  take: () => Promise<number>;
  /** Nobody speaks to the service for so long. */
  pause: (seconds: number) => Promise<void>;
};

export const limiterTable = `create table if not exists forwarder.pace (
  service text primary key, next_at timestamptz not null default now());`;

const waits = z.tuple([z.object({ wait: z.coerce.number() })]);

/** The pace of one service. `spacing` in milliseconds. */
export const limiterIn = async (database: Database, service: string, spacing: number): Promise<Limiter> => {
  await database.executeSql('insert into forwarder.pace (service) values ($1) on conflict do nothing', [service]);
  const asked = async (sql: string, values: unknown[]): Promise<number> => {
    const [{ wait }] = waits.parse((await database.executeSql(sql, values)).rows);
    return wait;
  };
  const untilNext = '1000 * extract(epoch from next_at - clock_timestamp())';
  return {
    waitOf: () => asked(`select ${untilNext} as wait from forwarder.pace where service = $1`, [service]),
    take: () =>
      asked(
        `update forwarder.pace set next_at = greatest(next_at, clock_timestamp()) + $2::float8 * interval '1 millisecond'
         where service = $1 returning ${untilNext} - $2::float8 as wait`,
        [service, spacing],
      ),
    pause: async (seconds) => {
      await database.executeSql(
        `update forwarder.pace set next_at = greatest(next_at, clock_timestamp() + $2::float8 * interval '1 second')
         where service = $1`,
        [service, seconds],
      );
    },
  };
};
