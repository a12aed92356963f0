/** The jobs in pg-boss' tables, the same on a folder and on Postgres: how they come in, who holds them, how they end. */
import { type Db, PgBoss } from 'pg-boss';
import * as z from 'zod';
import {
  type Counts,
  daysRemembered,
  delayAfterTry,
  GIVEN_UP,
  isGivenUp,
  isRemembered,
  KEPT_DAYS,
  type Outcome,
  type Retry,
  takesPlace,
} from '../engine.ts';
import { byKind, type Job, jobSchema, kinds } from '../jobs.ts';
import type { Database } from './database.ts';
import { counting, DEAD, deadJobs, rememberedAmong, remembering, tally, UNHURRIED } from './tables.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
type Kind = Job['kind'];
const queueOf = (kind: Kind): string => `koji-${kind}`;
const queues = kinds.map(queueOf);
const idOf = ({ id }: { id: string }): string => id;

const lifetime = {
  // pg-boss gives none up: whoever holds one does, and says so.
  retryLimit: 1_000,
  // Who holds a job says so every few seconds; the job of a dead worker comes back within a minute, and at once then.
  retryDelay: 0,
  heartbeatSeconds: 20,
  expireInSeconds: 300,
  retentionSeconds: KEPT_DAYS * DAY_SECONDS,
  // Nobody reads what is done; but who is being queued at this moment, asked for before it was done, must meet it.
  deleteAfterSeconds: HOUR_SECONDS,
} as const;

/**
 * An interview is over: whoever queues it at this moment is waited for, and each statement sees what that left. One trip, with
 * plans that are kept, since somebody waits for it. Mostly nothing is left; then a count is all, which no disk is waited for.
 */
const OVER = `select pg_advisory_xact_lock(hashtextextended('forwarder.over', 0));
  create or replace function forwarder.over(interview uuid, what_happened text, is_remembered boolean) returns void
  language plpgsql set lock_timeout = '20s' as $$ begin
    perform pg_advisory_xact_lock(hashtextextended(interview::text, 0));
    delete from pgboss.job where name in ('${queueOf('read')}', '${queueOf('write')}', '${DEAD}') and id = interview;
    if is_remembered then ${remembering('interview')};
    elsif not found then perform ${UNHURRIED};
    end if;
    ${counting('what_happened')};
  end $$;`;

/** Jobs that wait again by one transaction: each interview takes a lock, and a small server has room for some thousands. */
export const MOST_REVIVED = 1_000;

/** A job that one worker holds; the count and the data tell its claim from a later one. */
export type Held = { id: string; retryCount: number; data: unknown; job: Job };

export type Boss = Awaited<ReturnType<typeof openBoss>>;

const doneOf = (outcome: Outcome): string | null => (outcome.result === 'done' ? outcome.what : null);

/** Makes the queues where they are missing. Nobody is started again within `notAgainDays`; undefined: never. */
export const openBoss = async (
  database: Database,
  notAgainDays: number | undefined,
  onError: (error: unknown) => void,
) => {
  const boss = new PgBoss({
    db: database,
    backend: database.backend,
    schedule: false,
    superviseIntervalSeconds: 15,
    monitorIntervalSeconds: 15,
    maintenanceIntervalSeconds: HOUR_SECONDS,
    // None of the jobs waits for another one.
    flowIntervalSeconds: DAY_SECONDS,
  });
  boss.on('error', onError);
  const close = () => boss.stop({ graceful: false });
  try {
    await boss.start();
    for (const queue of [...queues, DEAD]) {
      // Those who come by thousands have a table of their own, with fewer indexes. One that is there stays as it was made.
      await boss.createQueue(queue, { partition: queue === queueOf('start') });
      await boss.updateQueue(queue, lifetime);
    }
    // What a dead worker held before the clock was set back comes back now, as it would have.
    await database.executeSql(
      `${OVER}
       with looks as (
         update pgboss.queue set monitor_claim_on = 'epoch' where greatest(monitor_claim_on, monitor_on) > now())
       update pgboss.job set heartbeat_on = now() where state = 'active' and heartbeat_on > now()`,
    );
  } catch (error) {
    // Else it would go on to look after a queue that nobody has.
    await close();
    throw error;
  }

  /** Until the transaction ends, nobody else changes what waits of these interviews. */
  const lock = async (db: Db, ids: string[]): Promise<void> => {
    await db.executeSql('select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest($1::text[]) as id', [ids]);
  };
  /** Takes away what is there under these ids, waiting, done or given up: all that no job takes the place of stays. */
  const makeRoom = async (db: Db, ids: string[]): Promise<void> => {
    await db.executeSql(
      `delete from pgboss.job where name = any($1) and id = any($2::uuid[])
       and (name = any($3) or state in ('failed', 'completed'))`,
      [[...queues, DEAD], ids, [...kinds.filter(takesPlace).map(queueOf), DEAD]],
    );
  };
  /** Has the database count what pg-boss stores, where it would give ten thousand ids. */
  const countStored = (db: Db): Db => ({
    executeSql: (text, values) => db.executeSql(`with stored as (${text}) select count(*) as id from stored`, values),
  });

  /** Not those that are remembered. Whoever waits is no longer among the dead. */
  const insert = async (db: Db, given: Job[]): Promise<number> => {
    // In one order: two who bring the same people must not wait for each other.
    const jobs = given.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    await lock(db, jobs.filter(({ kind }) => takesPlace(kind)).map(idOf));
    await makeRoom(db, jobs.map(idOf));
    let queued = 0;
    for (const kind of kinds) {
      const ofKind = jobs.filter((job) => job.kind === kind);
      if (ofKind.length === 0) continue;
      // Asked last: whatever ends in between is remembered.
      const known = await rememberedAmong(db, ofKind.map(idOf), daysRemembered(kind, notAgainDays));
      const rows = ofKind.filter(({ id }) => !known.has(id)).map((job) => ({ id: job.id, data: job }));
      const [stored] = (await boss.insert(queueOf(kind), rows, { db: countStored(db), returnId: true })) ?? [];
      queued += Number(stored);
    }
    return queued;
  };

  const isHeld = async (db: Db, { id, retryCount, data, job }: Held): Promise<boolean> => {
    await lock(db, [id]);
    const { rows } = await db.executeSql(
      `select 1 from pgboss.job
       where name = $1 and id = $2 and state = 'active' and retry_count = $3 and data = $4::jsonb`,
      [queueOf(job.kind), id, retryCount, JSON.stringify(data)],
    );
    return rows.length > 0;
  };

  /** Gives what is counted, if anything. */
  const letGo = async (db: Db, held: Held, outcome: Outcome): Promise<string | null> => {
    const { job, retryCount } = held;
    const queue = queueOf(job.kind);
    if (outcome.result === 'done' && job.kind === 'start') {
      await boss.complete(queue, held, null, { db });
    } else if (outcome.result === 'again' && !isGivenUp(outcome, retryCount)) {
      await boss.fail(queue, held, { why: outcome.why }, { db });
      await boss.update(queue, undefined, { id: job.id, startAfter: delayAfterTry(retryCount), db });
    } else if (outcome.result === 'pause') {
      // It keeps its place and its tries: pg-boss counts one only where a job was begun.
      await db.executeSql(
        "update pgboss.job set state = 'created', started_on = null, start_after = now() where name = $1 and id = $2",
        [queue, job.id],
      );
    } else {
      // An interview is not remembered: it may come again with another analysis.
      await boss.deleteJob(queue, held, { db });
      if (outcome.result === 'next') await insert(db, [outcome.job]);
      else if (outcome.result !== 'done') {
        await boss.insert(DEAD, [{ id: job.id, data: { job, why: outcome.why } }], { db });
        return GIVEN_UP;
      }
    }
    return doneOf(outcome);
  };

  return {
    /** Has jobs wait, all or none; gives how many were new. */
    insert: (jobs: Job[]) => database.transaction((db) => insert(db, jobs)),
    /** Has those wait that were given up, {@link MOST_REVIVED} or the one of this id, with all tries before them; gives them. */
    revive: (id: string | null) =>
      database.transaction(async (db) => {
        const jobs = (await deadJobs(db, MOST_REVIVED, id)).map(({ job }) => job);
        await insert(db, jobs);
        return jobs;
      }),
    /** Whether one is there to hold: one statement that reads, where to hold one in vain takes two that would write. */
    isAny: async (kind: Kind) => {
      const { rows } = await database.executeSql(
        `select 1 from pgboss.job
         where name = $1 and state < 'active' and (start_after <= now() or state = 'created') limit 1`,
        [queueOf(kind)],
      );
      return rows.length > 0;
    },
    /** The job whose turn it is, which is nobody else's then; null when none is there. */
    hold: async (kind: Kind): Promise<Held | null> => {
      const [claim] = await boss.fetch(queueOf(kind));
      if (claim !== undefined) return { ...claim, job: jobSchema.parse(claim.data) };
      // Those that came before the clock was set back start now: none of those that were not tried yet is for later.
      await database.executeSql(
        "update pgboss.job set start_after = now() where name = $1 and state = 'created' and start_after > now()",
        [queueOf(kind)],
      );
      return null;
    },
    /** Whether a job is held still: it may be another worker's by now, and a newer delivery of an interview may have taken its place. */
    isHeld: (held: Held) => isHeld(database, held),
    /** Says that whoever holds it is alive; to be said every few seconds. */
    keep: (held: Held) => boss.touch(queueOf(held.job.kind), held),
    /** Lets go of a job: what becomes of it, and what is remembered of it, are one transaction. */
    settle: (held: Held, outcome: Outcome) =>
      database.transaction(async (db) => {
        const { job } = held;
        // What else came of a job that is another's by now counts no more.
        const what = (await isHeld(db, held)) ? await letGo(db, held, outcome) : doneOf(outcome);
        if (outcome.result === 'done' && isRemembered(job)) await db.executeSql(remembering('$1'), [job.id]);
        // Last: everybody counts there, and waits for whoever is about to.
        if (what !== null) await tally(db, what);
      }),
    over: async (job: Job, what: string) => {
      await database.executeSql('select forwarder.over($1, $2, $3)', [job.id, what, isRemembered(job)]);
    },
    counts: async (): Promise<Omit<Counts, 'pauses'>> => {
      const { rows } = await database.glance(
        `select name, count(*)::int as jobs from pgboss.job
         where name = any($1) and state in ('created', 'retry', 'active') group by name`,
        [[...queues, DEAD]],
      );
      const counted = z.array(z.object({ name: z.string(), jobs: z.number() })).parse(rows);
      const jobsOf = (queue: string): number => counted.find(({ name }) => name === queue)?.jobs ?? 0;
      return { waiting: byKind((kind) => jobsOf(queueOf(kind))), dead: jobsOf(DEAD) };
    },
    retries: async (): Promise<Retry[]> => {
      const { rows } = await database.executeSql(
        `select output->>'why' as why, count(*)::int as jobs, min(start_after) as next from pgboss.job
         where name = any($1) and state = 'retry' and start_after > now() and output->>'why' is not null
         group by 1 order by 3`,
        [queues],
      );
      return z.array(z.object({ why: z.string(), jobs: z.number(), next: z.date() })).parse(rows);
    },
    dead: (most: number) => deadJobs(database, most),
    close,
  };
};
