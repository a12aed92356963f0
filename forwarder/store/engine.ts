/** The queue on pg-boss: the same on a folder and on Postgres. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, PgBoss } from 'pg-boss';
import * as z from 'zod';
import type { Counts, Engine, Outcome } from '../engine.ts';
import { type Job, jobSchema } from '../jobs.ts';
import type { Database } from './database.ts';
import { type Limiter, limiterIn, limiterTable } from './limiter.ts';
import { keepStarted, startedAmong, startedTable } from './started.ts';

const DAY_SECONDS = 86_400;
const kinds = ['start', 'write'] as const;
type Kind = Job['kind'];
const queueOf = (kind: Kind): string => `koji-${kind}`;
const DEAD = 'koji-dead';

/** Eight tries over some four hours; a dead worker's job comes back within a minute. */
const lifetime = {
  retryLimit: 8,
  retryDelay: 60,
  retryBackoff: true,
  retryDelayMax: 6 * 3_600,
  expireInSeconds: 60,
  heartbeatSeconds: 15,
  // Longer than a hundred thousand people take at Koji's pace, and than Koji is ever down.
  retentionSeconds: 30 * DAY_SECONDS,
  deleteAfterSeconds: 7 * DAY_SECONDS,
} as const;

export type EngineOptions = {
  /** Names the Koji key that all workers share, without being it. */
  limiterKey: string;
  /** Between two starts, in milliseconds. */
  spacingMilliseconds: number;
  /** Nobody is started again within so many days; undefined: never. */
  notAgainDays: number | undefined;
  /** How long an idle worker waits before it looks again, in milliseconds. */
  idleMilliseconds: number;
  onError: (error: Error) => void;
};

const jobOf = ({ data }: { data: unknown }): Job => jobSchema.parse(data);

/** Longer than this an idle worker never looks away from a paused service, in milliseconds. */
const LONGEST_LOOK_AWAY = 5_000;

/** Opens the queue and makes its tables where they are missing. Rejects when the database can't be reached. */
export const openEngine = async (database: Database, options: EngineOptions): Promise<Engine> => {
  await database.executeSql(`create schema if not exists forwarder; ${limiterTable} ${startedTable}`);
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
  const paces: Record<Kind, Limiter> = {
    start: await limiterIn(database, options.limiterKey, options.spacingMilliseconds),
    write: await limiterIn(database, 'amplitude', 0),
  };

  const insert = async (db: Db, jobs: Job[], startAfter?: Date): Promise<number> => {
    let queued = 0;
    for (const kind of kinds) {
      const ofKind = jobs.filter((job) => job.kind === kind);
      if (ofKind.length === 0) continue;
      const rows = ofKind.map((job) => ({
        id: job.id,
        data: job,
        ...(startAfter === undefined ? {} : { startAfter }),
      }));
      queued += (await boss.insert(queueOf(kind), rows, { db, returnId: true }))?.length ?? 0;
    }
    return queued;
  };

  /** What becomes of the job and what is remembered of it are one transaction. */
  const settle = (triesBefore: number, job: Job, outcome: Outcome): Promise<void> =>
    database.transaction(async (db) => {
      const queue = queueOf(job.kind);
      if (outcome.result === 'done') {
        if (job.kind === 'start') await keepStarted(db, job.id);
        await boss.complete(queue, job.id, null, { db });
      } else if (outcome.result === 'pause') {
        await boss.deleteJob(queue, job.id, { db });
        await insert(db, [job], new Date(Date.now() + outcome.pauseSeconds * 1_000));
      } else if (outcome.result === 'again' && triesBefore < lifetime.retryLimit) {
        await boss.fail(queue, job.id, { why: outcome.why }, { db });
      } else {
        await boss.deleteJob(queue, job.id, { db });
        await boss.insert(DEAD, [{ data: { job, why: outcome.why } }], { db });
      }
    });

  /** Works on one job, if there is one and the service may be spoken to; gives how long to look away, in milliseconds. */
  const workOnce = async (kind: Kind, handle: (job: Job) => Promise<Outcome>): Promise<number> => {
    const pace = paces[kind];
    const wait = await pace.waitOf();
    if (wait > options.spacingMilliseconds) return Math.min(wait, LONGEST_LOOK_AWAY);
    const [fetched] = await boss.fetch(queueOf(kind), { includeMetadata: true });
    if (fetched === undefined) return options.idleMilliseconds;
    const slot = await pace.take();
    if (slot > 0) await sleep(slot);
    const job = jobOf(fetched);
    const outcome = await handle(job);
    await settle(fetched.retryCount, job, outcome);
    if ('pauseSeconds' in outcome) await pace.pause(outcome.pauseSeconds);
    return 0;
  };

  const worker = async (kind: Kind, handle: (job: Job) => Promise<Outcome>, stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) {
      const lookAway = await workOnce(kind, handle).catch((error: unknown) => {
        options.onError(error instanceof Error ? error : new Error('A job could not be worked on.'));
        return LONGEST_LOOK_AWAY;
      });
      if (lookAway > 0) await sleep(lookAway, undefined, { signal: stop }).catch(() => {});
    }
  };

  return {
    queue: (jobs) =>
      database.transaction(async (db) => {
        const byId = new Map(jobs.map((job) => [job.id, job]));
        const starts = [...byId.values()].filter(({ kind }) => kind === 'start').map(({ id }) => id);
        const started = await startedAmong(db, starts, options.notAgainDays);
        const queued = await insert(
          db,
          [...byId.values()].filter(({ id }) => !started.has(id)),
        );
        return { queued, known: jobs.length - queued };
      }),
    work: (handle) => {
      const stop = new AbortController();
      const workers = kinds.map((kind) => worker(kind, handle, stop.signal));
      return async () => {
        stop.abort();
        await Promise.all(workers);
      };
    },
    counts: async (): Promise<Counts> => {
      const { rows } = await database.executeSql(
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
        waiting: { start: jobs.get(queueOf('start')) ?? 0, write: jobs.get(queueOf('write')) ?? 0 },
        dead: jobs.get(DEAD) ?? 0,
        pausedSeconds: Math.ceil(Math.max(0, (await paces.start.waitOf()) / 1_000)),
      };
    },
    close: async () => {
      await boss.stop({ graceful: false });
      await database.close();
    },
  };
};
