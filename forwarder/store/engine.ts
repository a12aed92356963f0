/** The queue in a database, the same in a folder and on Postgres: the jobs (boss.ts), and who works on them (worker.ts). */
import type { Service } from '../../boundary/failure.ts';
import { foreseenOf, KEPT_OUT_DAYS, serviceOf, services, type WorkingEngine } from '../engine.ts';
import { openBoss } from './boss.ts';
import type { Database } from './database.ts';
import { type Limiter, limiterIn, limiterTable } from './limiter.ts';
import { startedAmong, startedTable } from './started.ts';
import { talliesOf, tallyAlone, tallyTable } from './tally.ts';
import { createWorker } from './worker.ts';

export type EngineOptions = {
  /** Name the keys that all workers share, without being them: a new key is tried at once. */
  limiterKeys: Record<Service, string>;
  /** Between two calls to Koji, in milliseconds. */
  spacingMilliseconds: number;
  /** Nobody is started again within so many days; undefined: never. */
  notAgainDays: number | undefined;
  onError: (error: unknown) => void;
};

/** Opens the queue and makes its tables where they are missing. Rejects when the database can't be reached. */
export const openEngine = async (
  database: Database,
  { limiterKeys, spacingMilliseconds, notAgainDays, onError }: EngineOptions,
): Promise<WorkingEngine> => {
  await database.executeSql(`create schema if not exists forwarder; ${limiterTable} ${startedTable} ${tallyTable}`);
  const boss = await openBoss(database, notAgainDays, onError);
  // Koji's limit counts every call; Amplitude's is far from what one study writes.
  const paces: Record<Service, Limiter> = {
    Koji: await limiterIn(database, limiterKeys.Koji, spacingMilliseconds),
    Amplitude: await limiterIn(database, limiterKeys.Amplitude, 0),
  };
  const { work, wake } = createWorker(boss, paces, onError);
  return {
    queue: async (jobs) => {
      const byId = new Map(jobs.map((job) => [job.id, job]));
      const queued = await boss.insert([...byId.values()]);
      wake(jobs);
      return { queued, known: jobs.length - queued };
    },
    work,
    counts: async () => {
      const found = services.map(async (service) => {
        const pause = await paces[service].paused();
        return pause === null ? [] : [{ service, ...pause }];
      });
      const [counts, ...pauses] = await Promise.all([boss.counts(), ...found]);
      return { ...counts, pauses: pauses.flat() };
    },
    foreseen: async (job) => {
      const [keptOut, pause] = await Promise.all([
        startedAmong(database, [job.id], KEPT_OUT_DAYS),
        paces[serviceOf(job.kind)].paused(),
      ]);
      return foreseenOf(keptOut.size > 0, pause);
    },
    over: boss.over,
    retries: boss.retries,
    dead: boss.dead,
    tryAgain: async (which) => {
      const jobs = await boss.revive(which);
      wake(jobs);
      return jobs.length;
    },
    tally: (what) => tallyAlone(database, what).catch(onError),
    tallies: (hours) => talliesOf(database, hours),
    close: async () => {
      await boss.close();
      await database.close();
    },
  };
};
