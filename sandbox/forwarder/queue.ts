import {
  foreseenOf,
  type Handle,
  isGivenUp,
  isRemembered,
  type Outcome,
  type Pause,
  serviceOf,
  takesPlace,
  type WorkingEngine,
} from '../../forwarder/engine.ts';
import { byKind, type Job } from '../../forwarder/jobs.ts';
import type { VirtualClock } from '../clock.ts';

const RETRY_DELAY = 60_000;

/**
 * The forwarder's queue on the sandbox's clock, in memory. It keeps the promises of `forwarder/engine.ts` but the one that
 * what it took survives the process; the forwarder's own is tried in test/forwarder.
 */
export const startQueue = (clock: VirtualClock, spacingMilliseconds: number): WorkingEngine => {
  const waiting = new Map<string, Job>();
  const started = new Set<string>();
  const givenUp: { id: string; at: Date; job: Job; why: string }[] = [];
  const pausedUntil = { Koji: 0, Amplitude: 0 };
  let nextStart = 0;
  let handler: Handle | undefined;

  const later = (job: Job, tries: number, milliseconds: number): void =>
    clock.schedule(milliseconds, () => work(job, tries));

  /** Whether it waits as it is: a newer delivery of an interview takes its place. */
  const waits = (job: Job): boolean => waiting.get(job.id) === job;
  const forget = ({ id }: Job): void => {
    waiting.delete(id);
    givenUp.splice(0, givenUp.length, ...givenUp.filter((dead) => dead.id !== id));
  };

  const settle = (job: Job, tries: number, outcome: Outcome): void => {
    if (outcome.result === 'done' && isRemembered(job)) started.add(job.id);
    if ('pauseSeconds' in outcome) pausedUntil[serviceOf(job.kind)] = clock.now() + outcome.pauseSeconds * 1_000;
    if (outcome.result === 'pause') {
      later(job, tries, outcome.pauseSeconds * 1_000);
    } else if (outcome.result === 'again' && !isGivenUp(outcome, tries)) {
      later(job, tries + 1, RETRY_DELAY);
    } else if (waits(job)) {
      waiting.delete(job.id);
      if (outcome.result === 'next') enter(outcome.job);
      else if (outcome.result !== 'done')
        givenUp.push({ id: job.id, at: new Date(clock.now()), job, why: outcome.why });
    }
  };

  const work = async (job: Job, tries: number): Promise<void> => {
    if (!waits(job)) return;
    const pause = pausedUntil[serviceOf(job.kind)] - clock.now();
    if (pause > 0) later(job, tries, pause);
    else if (handler !== undefined) settle(job, tries, await handler(job, tries, async () => waits(job)));
  };

  const enter = (job: Job): void => {
    forget(job);
    waiting.set(job.id, job);
    if (job.kind === 'start') nextStart = Math.max(clock.now(), nextStart) + spacingMilliseconds;
    later(job, 0, job.kind === 'start' ? nextStart - clock.now() : 0);
  };

  const tryAgain = (id: string | null): number => {
    const chosen = givenUp.filter((dead) => id === null || dead.id === id);
    for (const { job } of chosen) enter(job);
    return chosen.length;
  };

  // Not Amplitude's: the story counts those that met a refusal, not those that came meanwhile.
  const pauses = async (): Promise<Pause[]> => {
    const seconds = Math.ceil((pausedUntil.Koji - clock.now()) / 1_000);
    return seconds > 0 ? [{ service: 'Koji', seconds, why: '' }] : [];
  };
  const count = (kind: Job['kind']): number => [...waiting.values()].filter((job) => job.kind === kind).length;
  return {
    queue: async (jobs) => {
      const fresh = jobs.filter(({ id, kind }) => !started.has(id) && (takesPlace(kind) || !waiting.has(id)));
      for (const job of fresh) enter(job);
      return fresh.length;
    },
    work: (handle) => {
      handler = handle;
      return async () => {
        handler = undefined;
      };
    },
    counts: async () => ({ waiting: byKind(count), dead: givenUp.length, pauses: await pauses() }),
    foreseen: async (job) =>
      foreseenOf(
        started.has(job.id),
        (await pauses()).find(({ service }) => service === serviceOf(job.kind)),
      ),
    over: async (job) => {
      forget(job);
      if (isRemembered(job)) started.add(job.id);
    },
    retries: async () => [],
    dead: async (most) => givenUp.toReversed().slice(0, most),
    tryAgain: async (id) => tryAgain(id),
    tally: async () => {},
    tallies: async () => [],
    totals: async () => [],
    close: async () => {},
  };
};
