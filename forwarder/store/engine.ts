/** The queue in a database, the same in a folder and on Postgres: the jobs (boss.ts), and who works on them (worker.ts). */
import * as z from 'zod';
import type { Service } from '../../boundary/failure.ts';
import { daysRemembered, foreseenOf, serviceOf, type WorkingEngine } from '../engine.ts';
import type { Job } from '../jobs.ts';
import { MOST_REVIVED, openBoss } from './boss.ts';
import type { Database } from './database.ts';
import { type Pace, paceIn, paceTable, pausesOf, SECONDS_PAUSED } from './pace.ts';
import { isRecent, rememberedTable, talliesOf, tally, tallyTable, totalsOf } from './tables.ts';
import { createWorker } from './worker.ts';

type EngineOptions = {
  /** Name the keys that all workers share, without being them: a new key is tried at once. */
  paceKeys: Record<Service, string>;
  /** Between two calls to Koji, in milliseconds. */
  spacingMilliseconds: number;
  /** Nobody is started again within so many days; undefined: never. */
  notAgainDays: number | undefined;
  onError: (error: unknown) => void;
};

const foreseen = z.tuple([z.object({ isKeptOut: z.boolean(), seconds: z.number(), why: z.string() })]);

/** Opens the queue and makes its tables where they are missing. Rejects when the database can't be reached. */
export const openEngine = async (
  database: Database,
  { paceKeys, spacingMilliseconds, notAgainDays, onError }: EngineOptions,
): Promise<WorkingEngine> => {
  await database.executeSql(`create schema if not exists forwarder; ${paceTable} ${rememberedTable} ${tallyTable}`);
  // Koji's limit counts every call; Amplitude's is far from what one study writes.
  const paces: Record<Service, Pace> = {
    Koji: await paceIn(database, paceKeys.Koji, spacingMilliseconds),
    Amplitude: await paceIn(database, paceKeys.Amplitude, 0),
  };
  const boss = await openBoss(database, notAgainDays, onError);
  const { work, wake } = createWorker(boss, paces, onError);
  return {
    queue: async (jobs) => {
      const queued = await boss.insert(jobs);
      wake(jobs);
      return queued;
    },
    work,
    counts: async () => {
      const [counts, pauses] = await Promise.all([boss.counts(), pausesOf(database, paceKeys)]);
      return { ...counts, pauses };
    },
    foreseen: async (job) => {
      const { rows } = await database.executeSql(
        `select exists (select from forwarder.started where id = $1 and ${isRecent('$2')}) as "isKeptOut",
           ${SECONDS_PAUSED} as seconds, why from forwarder.pace where service = $3`,
        [job.id, daysRemembered(job.kind) ?? null, paceKeys[serviceOf(job.kind)]],
      );
      const [{ isKeptOut, ...pause }] = foreseen.parse(rows);
      return foreseenOf(isKeptOut, pause.seconds > 0 ? pause : null);
    },
    over: boss.over,
    retries: boss.retries,
    dead: boss.dead,
    tryAgain: async (id) => {
      let tried = 0;
      let jobs: Job[];
      do {
        jobs = await boss.revive(id);
        wake(jobs);
        tried += jobs.length;
      } while (jobs.length === MOST_REVIVED);
      return tried;
    },
    tally: (what) => tally(database, what).catch(onError),
    tallies: (hours) => talliesOf(database, hours),
    totals: () => totalsOf(database),
    close: async () => {
      await boss.close();
      await database.close();
    },
  };
};
