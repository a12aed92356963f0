/** The queue on pg-boss: the same on a folder and on Postgres. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, PgBoss } from 'pg-boss';
import * as z from 'zod';
import type { Service } from '../../boundary/failure.ts';
import {
  type Counts,
  foreseenOf,
  type Handle,
  isLastTry,
  KEPT_OUT_DAYS,
  MOST_TRIES,
  type Outcome,
  type Pause,
  pauseAfter,
  pauseAfterTry,
  serviceOf,
  services,
  type WorkingEngine,
} from '../engine.ts';
import { byKind, isNobodys, type Job, jobSchema, kinds, storable } from '../jobs.ts';
import type { Database } from './database.ts';
import { DEAD, deadJobs, placesAmongDead } from './dead.ts';
import { type Limiter, limiterIn, limiterTable } from './limiter.ts';
import { endedAmong, keepStarted, startedAmong, startedTable } from './started.ts';
import { talliesOf, tallyAlone, tallyTable, tallyWith } from './tally.ts';

const DAY_SECONDS = 86_400;
type Kind = Job['kind'];
const queueOf = (kind: Kind): string => `koji-${kind}`;

const lifetime = {
  retryLimit: MOST_TRIES - 1,
  // Who works on a job says so every few seconds; the job of a dead worker comes back within a minute, and at once then.
  retryDelay: 0,
  heartbeatSeconds: 20,
  expireInSeconds: 300,
  // Longer than a hundred thousand people take at Koji's pace, and than Koji is ever down.
  retentionSeconds: 30 * DAY_SECONDS,
  deleteAfterSeconds: 7 * DAY_SECONDS,
  deadLetter: DEAD,
} as const;
const HEARTBEAT = 5_000;

export type EngineOptions = {
  /** Name the keys that all workers share, without being them: a new key is tried at once. */
  limiterKeys: Record<Service, string>;
  /** Between two starts, in milliseconds. */
  spacingMilliseconds: number;
  /** Nobody is started again within so many days; undefined: never. */
  notAgainDays: number | undefined;
  /** How long an idle worker waits before it looks again, in milliseconds. */
  idleMilliseconds: number;
  onError: (error: Error) => void;
};

/** A job that this worker holds; the count and what it holds tell its claim from a later one. */
type Claim = { id: string; retryCount: number; data: unknown };

/** Calls under way at once: Koji may take seconds for one, and a hundred seconds hold a hundred at its pace. */
const MOST_UNDER_WAY = 10;

/** What is counted when a job is given up. */
const GIVEN_UP = 'given up';
/** Jobs that one press of a button tries again. */
const MOST_REVIVED = 10_000;

/** Longer than this an idle worker never looks away from a paused service, in milliseconds. */
const LONGEST_LOOK_AWAY = 5_000;

/** Opens the queue and makes its tables where they are missing. Rejects when the database can't be reached. */
export const openEngine = async (database: Database, options: EngineOptions): Promise<WorkingEngine> => {
  await database.executeSql(`create schema if not exists forwarder; ${limiterTable} ${startedTable} ${tallyTable}`);
  const boss = new PgBoss({
    db: database,
    backend: database.backend,
    schedule: false,
    superviseIntervalSeconds: 15,
    monitorIntervalSeconds: 15,
  });
  boss.on('error', options.onError);
  await boss.start();
  await boss.createQueue(DEAD, { retentionSeconds: lifetime.retentionSeconds * 12 });
  for (const kind of kinds) await boss.createQueue(queueOf(kind), lifetime);
  // Koji's limit counts every call; Amplitude's is far from what one study writes.
  const paces: Record<Service, Limiter> = {
    Koji: await limiterIn(database, options.limiterKeys.Koji, options.spacingMilliseconds),
    Amplitude: await limiterIn(database, options.limiterKeys.Amplitude, 0),
  };

  const forget = async (db: Db, queue: string, ids: string[]): Promise<void> => {
    if (ids.length > 0) await boss.deleteJob(queue, ids, { db });
  };
  /** Until the transaction ends, nobody else changes what waits of these interviews. */
  const lock = async (db: Db, ids: string[]): Promise<void> => {
    await db.executeSql('select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest($1::text[]) as id', [ids]);
  };
  /** What waits of interviews. */
  const forgetInterviews = async (db: Db, ids: string[]): Promise<void> => {
    await lock(db, ids);
    for (const kind of ['read', 'write'] as const) await forget(db, queueOf(kind), ids);
  };
  /** Whether anything of an interview waits, or was given up. */
  const isLeft = async (db: Db, job: Job): Promise<boolean> => {
    const { rows } = await db.executeSql('select 1 from pgboss.job where name = any($1) and id = $2', [
      [queueOf('read'), queueOf('write')],
      job.id,
    ]);
    return rows.length > 0 || (await placesAmongDead(db, [job])).length > 0;
  };
  const raise = async (db: Db, jobs: Job[]): Promise<void> => forget(db, DEAD, await placesAmongDead(db, jobs));

  /** Whoever waits is no longer among the dead. */
  const insert = async (db: Db, jobs: Job[]): Promise<number> => {
    await raise(db, jobs);
    let queued = 0;
    for (const kind of kinds) {
      const rows = jobs.filter((job) => job.kind === kind).map((job) => ({ id: job.id, data: job }));
      if (rows.length === 0) continue;
      const ids = rows.map(({ id }) => id);
      if (kind === 'write') await forgetInterviews(db, ids);
      else await forget(db, queueOf(kind), await endedAmong(db, queueOf(kind), ids, options.notAgainDays));
      queued += (await boss.insert(queueOf(kind), rows, { db, returnId: true }))?.length ?? 0;
    }
    return queued;
  };

  /** Has jobs start now that came before the clock was set back: none of those that were not tried yet is for later. */
  const startNow = async (kind: Kind): Promise<void> => {
    await database.executeSql(
      "update pgboss.job set start_after = now() where name = $1 and state = 'created' and start_after > now()",
      [queueOf(kind)],
    );
  };

  /** Takes a job out of its queue; it goes to the end of it, or among the dead. */
  const moveAway = async (db: Db, claim: Claim, job: Job, why: string | null): Promise<void> => {
    await boss.deleteJob(queueOf(job.kind), claim, { db });
    if (why === null) {
      await insert(db, [job]);
      return;
    }
    await raise(db, [job]);
    await boss.insert(DEAD, [{ id: job.id, data: { job, why } }], { db });
  };

  /** Whether a worker still holds its job: a newer delivery of an interview may have taken its place, or ended it. */
  const isHeld = async (db: Db, { id, retryCount, data }: Claim, kind: Kind): Promise<boolean> => {
    if (kind === 'start') return true;
    await lock(db, [id]);
    const { rows } = await db.executeSql(
      `select 1 from pgboss.job
       where name = $1 and id = $2 and state = 'active' and retry_count = $3 and data = $4::jsonb`,
      [queueOf(kind), id, retryCount, JSON.stringify(data)],
    );
    return rows.length > 0;
  };

  /** What becomes of the job and what is remembered of it are one transaction. */
  const settle = (claim: Claim, job: Job, outcome: Outcome): Promise<void> =>
    database.transaction(async (db) => {
      const held = await isHeld(db, claim, job.kind);
      if (outcome.result === 'done') {
        if (job.kind === 'start' || isNobodys(job)) await keepStarted(db, job.id);
        if (job.kind === 'start') await boss.complete(queueOf(job.kind), claim, null, { db });
        // Not remembered: it may come again with another analysis.
        else if (held) await boss.deleteJob(queueOf(job.kind), claim, { db });
        await tallyWith(db, outcome.what);
      } else if (!held) {
        // What came of an older delivery counts no more.
      } else if (outcome.result === 'next') {
        await boss.deleteJob(queueOf(job.kind), claim, { db });
        await insert(db, [outcome.job]);
      } else if (outcome.result === 'pause') {
        await moveAway(db, claim, job, null);
      } else if (outcome.result === 'again' && !isLastTry(claim.retryCount)) {
        await boss.fail(queueOf(job.kind), claim, { why: outcome.why }, { db });
        await boss.update(queueOf(job.kind), undefined, {
          id: claim.id,
          startAfter: pauseAfterTry(claim.retryCount),
          db,
        });
      } else {
        await moveAway(db, claim, job, outcome.why);
        await tallyWith(db, GIVEN_UP);
      }
    });

  const adjust = async (pace: Limiter, outcome: Outcome): Promise<void> => {
    if (!('pauseSeconds' in outcome)) {
      await pace.wellDone();
      return;
    }
    const seconds = pauseAfter(outcome, outcome.result === 'again' ? await pace.fault() : 0);
    if (seconds > 0) await pace.pause(seconds, outcome.why);
  };

  const heard = (error: unknown): void =>
    options.onError(error instanceof Error ? error : new Error('A job could not be worked on.'));

  /** Does it until it is done or the worker stops: what a service has answered must not be asked again for a full disk. */
  const insist = async (run: () => Promise<void>, stop: AbortSignal): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (stop.aborted) throw error;
      heard(error);
      await sleep(LONGEST_LOOK_AWAY, undefined, { signal: stop }).catch(() => {});
      await insist(run, stop);
    }
  };

  /** Ended, and made anew, when jobs of the kind come in: an idle worker then looks at once. */
  const idling = byKind(() => new AbortController());
  const wake = (jobs: Job[]): void => {
    for (const kind of new Set(jobs.map((job) => job.kind))) {
      idling[kind].abort();
      idling[kind] = new AbortController();
    }
  };

  /** Works on a job whose turn has come. */
  const workOn = async (claim: Claim, job: Job, handle: Handle, stop: AbortSignal): Promise<void> => {
    const beating = setInterval(() => {
      boss.touch(queueOf(job.kind), claim).catch(options.onError);
    }, HEARTBEAT);
    try {
      const outcome = storable(await handle(job, claim.retryCount));
      await insist(() => adjust(paces[serviceOf(job.kind)], outcome), stop);
      await insist(() => settle(claim, job, outcome), stop);
      if (outcome.result === 'next') wake([outcome.job]);
    } finally {
      clearInterval(beating);
    }
  };

  /** Begins with one job, if there is one and the service may be spoken to; gives how long to look away, in milliseconds. */
  const begin = async (
    kind: Kind,
    handle: Handle,
    underWay: Set<Promise<void>>,
    stop: AbortSignal,
  ): Promise<number> => {
    const pace = paces[serviceOf(kind)];
    const wait = await pace.waitOf();
    if (wait > options.spacingMilliseconds) return Math.min(wait, LONGEST_LOOK_AWAY);
    const [claim] = await boss.fetch(queueOf(kind), { includeMetadata: true });
    if (claim === undefined) {
      await startNow(kind);
      return options.idleMilliseconds;
    }
    const job = jobSchema.parse(claim.data);
    const slot = await pace.take();
    if (slot === null) {
      await settle(claim, job, { result: 'pause', why: '', pauseSeconds: 0 });
      return 0;
    }
    if (slot > 0) await sleep(slot);
    const working: Promise<void> = workOn(claim, job, handle, stop)
      .catch(heard)
      .finally(() => underWay.delete(working));
    underWay.add(working);
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    return 0;
  };

  const worker = async (kind: Kind, handle: Handle, stop: AbortSignal): Promise<void> => {
    const underWay = new Set<Promise<void>>();
    while (!stop.aborted) {
      // Taken before it looks, so that it counts what comes in meanwhile.
      const { signal } = idling[kind];
      const lookAway = await begin(kind, handle, underWay, stop).catch((error: unknown) => {
        heard(error);
        return LONGEST_LOOK_AWAY;
      });
      if (lookAway > 0) await sleep(lookAway, undefined, { signal: AbortSignal.any([stop, signal]) }).catch(() => {});
    }
    await Promise.all(underWay);
  };

  const pauses = async (): Promise<Pause[]> => {
    const found = services.map(async (service) => {
      const pause = await paces[service].paused();
      return pause === null ? [] : [{ service, ...pause }];
    });
    return (await Promise.all(found)).flat();
  };

  return {
    queue: async (jobs) => {
      const taken = await database.transaction(async (db) => {
        const byId = new Map(jobs.map((job) => [job.id, job]));
        const given = [...byId.values()];
        const idsOf = (areStarts: boolean) =>
          given.filter(({ kind }) => (kind === 'start') === areStarts).map(({ id }) => id);
        const started = await startedAmong(db, idsOf(true), options.notAgainDays);
        const keptOut = await startedAmong(db, idsOf(false), KEPT_OUT_DAYS);
        const queued = await insert(
          db,
          given.filter(({ id }) => !started.has(id) && !keptOut.has(id)),
        );
        return { queued, known: jobs.length - queued };
      });
      wake(jobs);
      return taken;
    },
    work: (handle) => {
      const stop = new AbortController();
      const workers = kinds.map((kind) => worker(kind, handle, stop.signal));
      return async () => {
        stop.abort();
        await Promise.all(workers);
      };
    },
    counts: async (): Promise<Counts> => {
      const { rows } = await database.glance(
        `select name, count(*)::int as jobs from pgboss.job
         where name = any($1) and state in ('created', 'retry', 'active') group by name`,
        [[...kinds.map(queueOf), DEAD]],
      );
      const jobs = new Map(
        z
          .array(z.object({ name: z.string(), jobs: z.number() }))
          .parse(rows)
          .map((row) => [row.name, row.jobs]),
      );
      return {
        waiting: byKind((kind) => jobs.get(queueOf(kind)) ?? 0),
        dead: jobs.get(DEAD) ?? 0,
        pauses: await pauses(),
      };
    },
    foreseen: async (job) => {
      const [keptOut, pause] = await Promise.all([
        startedAmong(database, [job.id], KEPT_OUT_DAYS),
        paces[serviceOf(job.kind)].paused(),
      ]);
      return foreseenOf(keptOut.size > 0, pause);
    },
    over: async (job, what) => {
      // Mostly nothing is left of it; then a count is all, which no disk is waited for.
      if (!isNobodys(job) && !(await isLeft(database, job))) return tallyAlone(database, what);
      return database.transaction(async (db) => {
        await raise(db, [job]);
        await forgetInterviews(db, [job.id]);
        if (isNobodys(job)) await keepStarted(db, job.id);
        await tallyWith(db, what);
      });
    },
    retries: async () => {
      const { rows } = await database.executeSql(
        `select output->>'why' as why, count(*)::int as jobs, min(start_after) as next from pgboss.job
         where name = any($1) and state = 'retry' and start_after > now() and output->>'why' is not null
         group by 1 order by 3`,
        [kinds.map(queueOf)],
      );
      return z.array(z.object({ why: z.string(), jobs: z.number(), next: z.date() })).parse(rows);
    },
    dead: (most) => deadJobs(database, most),
    tryAgain: async (which) => {
      const jobs = await database.transaction(async (db) => {
        const given = await deadJobs(db, MOST_REVIVED, which === 'all' ? null : which.id);
        const raised = given.map(({ job }) => job);
        await insert(db, raised);
        return raised;
      });
      wake(jobs);
      return jobs.length;
    },
    tally: (what) => tallyAlone(database, what).catch(heard),
    tallies: (hours) => talliesOf(database, hours),
    close: async () => {
      await boss.stop({ graceful: false });
      await database.close();
    },
  };
};
