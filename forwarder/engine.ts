/** A queue that forgets nothing: what it has taken survives the process. */
import type { Service } from '../boundary/failure.ts';
import { isNobodys, type Job, type WriteJob } from './jobs.ts';

/** A job that the service fails so often is given up. */
export const MOST_TRIES = 8;

/** Seconds that a job waits after a try that failed: all tries together outlast a service that is down for a day. */
export const delayAfterTry = (triesBefore: number): number => 20 * 4 ** triesBefore;

/**
 * What became of a job that was worked on.
 * - `done`: finished.
 * - `next`: finished, and another job comes of it.
 * - `hopeless`: it can't succeed as it is; it is kept among the dead.
 * - `again`: the service had a passing fault; the job is tried again, {@link MOST_TRIES} times in all. `pauseSeconds` is
 *   how long the service asked to be left alone, 0 when it did not; `isItsOwn`: what stops it is no fault of the service.
 * - `pause`: nothing is wrong with the job; everybody leaves the service alone for so long, and no try is spent.
 */
export type Outcome =
  | { result: 'done'; what: string }
  | { result: 'next'; job: WriteJob }
  | { result: 'hopeless'; why: string }
  | { result: 'again'; why: string; pauseSeconds: number; isItsOwn?: true }
  | { result: 'pause'; why: string; pauseSeconds: number };

/** Whether a job of which so many tries failed before is given up after an outcome. */
export const isGivenUp = (outcome: Outcome, triesBefore: number): boolean =>
  outcome.result === 'hopeless' || (outcome.result === 'again' && triesBefore + 1 >= MOST_TRIES);

export const services = ['Koji', 'Amplitude'] as const satisfies Service[];

/** Koji's limit is one for starts and reads. */
export const serviceOf = (kind: Job['kind']): Service => (kind === 'write' ? 'Amplitude' : 'Koji');

/** A job that waits, or was given up, is kept for so many days: longer than millions take at Koji's pace, and than a key is missed. */
export const KEPT_DAYS = 360;

/** What is counted when a job is given up. */
export const GIVEN_UP = 'given up';

/** What becomes of an interview of which another delivery came meanwhile: the newer one counts. */
export const REPLACED = { result: 'done', what: 'replaced by a newer delivery' } as const satisfies Outcome;

/** What becomes of an interview that is nobody's, and of every other delivery of it, also of one that comes late. */
export const KEPT_OUT = { result: 'done', what: 'skipped: anonymous' } as const satisfies Outcome;
/** It is kept out for so many days: an older delivery that names the person comes no later. */
const KEPT_OUT_DAYS = 7;

/**
 * Whether the queue remembers a job that is done, and takes none of the same id in again: somebody who was started, and an
 * interview that is nobody's. Any other interview may come again, with another analysis.
 */
export const isRemembered = (job: Job): boolean => job.kind === 'start' || isNobodys(job);
/** For how many days; undefined: for ever. `notAgainDays` is what is set for people. */
export const daysRemembered = (kind: Job['kind'], notAgainDays?: number): number | undefined =>
  kind === 'start' ? notAgainDays : KEPT_OUT_DAYS;

/** Whether a job takes the place of what waits under its id: of an interview the newer delivery counts. A person changes nothing there. */
export const takesPlace = (kind: Job['kind']): boolean => kind !== 'start';

/** Everybody leaves a service alone for so many seconds more, and why. */
export type Pause = { service: Service; seconds: number; why: string };

/** What becomes of a job, where that is known before it is worked on. */
export const foreseenOf = (isKeptOut: boolean, pause: Omit<Pause, 'service'> | null | undefined): Outcome | null => {
  if (isKeptOut) return KEPT_OUT;
  return pause ? { result: 'pause', why: pause.why, pauseSeconds: pause.seconds } : null;
};

/** Whether the service had a fault. */
export const isFault = (outcome: Outcome): boolean => outcome.result === 'again' && !outcome.isItsOwn;

/** The longest pause after faults, in seconds. */
const LONGEST_FAULT_PAUSE = 300;

/**
 * How long everybody leaves the service alone after an outcome, in seconds; `faults` is how many it had in a row. Two are
 * nothing; after each from the third on it is left alone for twice as long.
 */
export const pauseAfter = (outcome: Outcome, faults: number): number => {
  if (!('pauseSeconds' in outcome)) return 0;
  const afterFault = !isFault(outcome) || faults < 3 ? 0 : Math.min(2 ** (faults - 1), LONGEST_FAULT_PAUSE);
  return Math.max(afterFault, outcome.pauseSeconds);
};

/** Jobs by what is to be done with them, and the services that are left alone. */
export type Counts = { waiting: Record<Job['kind'], number>; dead: number; pauses: Pause[] };

/** How long a service is left alone; 0: not at all. */
export const pausedSeconds = ({ pauses }: Counts, service: Service): number =>
  pauses.find((pause) => pause.service === service)?.seconds ?? 0;

/** Jobs that met a passing fault, by why; `next` is when the first of them is tried again. */
export type Retry = { jobs: number; next: Date; why: string };

/** A job that was given up; `id` is the place where it is kept. */
export type DeadJob = { id: string; at: Date; job: Job; why: string };

/** How often something happened. */
export type Total = { what: string; times: number };
/** The same within the hour that began then. */
export type Tally = Total & { hour: Date };

export type Engine = {
  /** Takes all of the jobs, no two of one id, or none; once it resolves they are safe. Gives how many were new. */
  queue: (jobs: Job[]) => Promise<number>;
  counts: () => Promise<Counts>;
  /** What becomes of the job of an interview, where that is known before it is worked on. */
  foreseen: (job: Job) => Promise<Outcome | null>;
  /** An interview came to its end outside of the queue: nothing of it waits, or can be tried again, any more. */
  over: (job: Job, what: string) => Promise<void>;
  /** Those that wait for another try, the next one first. */
  retries: () => Promise<Retry[]>;
  /** Those that were given up, the newest first. */
  dead: (most: number) => Promise<DeadJob[]>;
  /** Puts the one of this id back into the queue, or all where it is null, with all tries before them. Gives how many. */
  tryAgain: (id: string | null) => Promise<number>;
  /** Counts something that happened outside of the queue. */
  tally: (what: string) => Promise<void>;
  /** What happened in the last hours, in the queue and outside of it. */
  tallies: (hours: number) => Promise<Tally[]>;
};

/** Does a job. `isWanted` is asked right before an interview is written: another delivery may have come meanwhile. */
export type Handle = (job: Job, triesBefore: number, isWanted: () => Promise<boolean>) => Promise<Outcome>;

/** An engine that works in this process; where the host brings the jobs, it is the host that works. */
export type WorkingEngine = Engine & {
  /** Works until the returned function is called, which resolves when nothing is under way any more. */
  work: (handle: Handle) => () => Promise<void>;
  /** What ever happened, in the queue and outside of it. */
  totals: () => Promise<Total[]>;
  close: () => Promise<void>;
};
