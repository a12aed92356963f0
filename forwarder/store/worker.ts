/** Who works on the jobs in this process: one after the other at each service's pace, several under way at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../boundary/failure.ts';
import { type Handle, serviceOf } from '../engine.ts';
import { byKind, type Job, kinds, storable } from '../jobs.ts';
import type { Boss, Held } from './boss.ts';
import type { Pace } from './pace.ts';

/** How often whoever works on a job says so, in milliseconds. */
const HEARTBEAT = 5_000;

/** Calls under way at once: Koji may take seconds for one, and a hundred seconds hold a hundred at its pace. */
const MOST_UNDER_WAY = 10;

/** How long an idle worker waits before it looks again, in milliseconds. */
const IDLE = 1_000;
/** Longer than this a worker never looks away from a paused service, nor from a queue that can't be used, in milliseconds. */
const LONGEST_LOOK_AWAY = 5_000;

/** A worker on the jobs, which does nothing yet. */
export const createWorker = (boss: Boss, paces: Record<Service, Pace>, onError: (error: unknown) => void) => {
  /** Ended, and made anew, when jobs of the kind come in: an idle worker then looks at once. */
  const idling = byKind(() => new AbortController());
  const wakeKind = (kind: Job['kind']): void => {
    idling[kind].abort();
    idling[kind] = new AbortController();
  };
  /** Has it look at once, as these jobs came in. */
  const wake = (jobs: Job[]): void => new Set(jobs.map(({ kind }) => kind)).forEach(wakeKind);

  /** Works until the returned function is called, which resolves when nothing is under way any more. */
  const work = (handle: Handle) => {
    const stop = new AbortController();

    /** Does it until it is done or the worker stops: what a service has answered must not be asked again for a full disk. */
    const insist = async (run: () => Promise<void>): Promise<void> => {
      for (;;) {
        try {
          return await run();
        } catch (error) {
          if (stop.signal.aborted) throw error;
          onError(error);
          await sleep(LONGEST_LOOK_AWAY, undefined, { signal: stop.signal }).catch(() => {});
        }
      }
    };

    const workOn = async (held: Held): Promise<void> => {
      const beating = setInterval(() => {
        boss.keep(held).catch(onError);
      }, HEARTBEAT);
      try {
        const outcome = storable(await handle(held.job, held.retryCount, () => boss.isHeld(held)));
        await insist(() => paces[serviceOf(held.job.kind)].heed(outcome));
        await insist(() => boss.settle(held, outcome));
        if (outcome.result === 'next') wake([outcome.job]);
      } finally {
        clearInterval(beating);
      }
    };

    /** Begins with one job, if there is one and the service may be spoken to; gives how long to look away, in milliseconds. */
    const begin = async (kind: Job['kind'], underWay: Set<Promise<void>>): Promise<number> => {
      if (!(await boss.isAny(kind))) return IDLE;
      const pace = paces[serviceOf(kind)];
      const wait = await pace.waitOf();
      if (wait > 0) return Math.min(wait, LONGEST_LOOK_AWAY);
      const slot = await pace.take();
      if (slot === null) return 0;
      // Whoever is held by nobody may be taken by another worker, or wait for the next slot.
      await sleep(slot);
      const held = await boss.hold(kind);
      if (held === null) return IDLE;
      const working: Promise<void> = workOn(held)
        .catch(onError)
        .finally(() => underWay.delete(working));
      underWay.add(working);
      if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
      return 0;
    };

    const workOnAll = async (kind: Job['kind']): Promise<void> => {
      const underWay = new Set<Promise<void>>();
      while (!stop.signal.aborted) {
        // Taken before it looks, so that it counts what comes in meanwhile.
        const { signal } = idling[kind];
        const lookAway = await begin(kind, underWay).catch((error: unknown) => {
          onError(error);
          return LONGEST_LOOK_AWAY;
        });
        if (lookAway > 0) await sleep(lookAway, undefined, { signal }).catch(() => {});
      }
      await Promise.all(underWay);
    };

    const all = kinds.map(workOnAll);
    return async () => {
      stop.abort();
      kinds.forEach(wakeKind);
      await Promise.all(all);
    };
  };

  return { wake, work };
};
