/** A queue that forgets nothing: what it has taken survives the process. */
import type { Job } from './jobs.ts';

/** How many of the jobs were new, and how many the queue knew already. */
export type Taken = { queued: number; known: number };

/** A job that the service fails so often is given up. */
export const MOST_TRIES = 8;

/**
 * How long a job waits after a try that failed, by how many failed before it, in seconds. All tries together take a day and
 * more, so that nobody is given up while a service is down for a day.
 */
export const pauseAfterTry = (triesBefore: number): number => 750 * 2 ** triesBefore;

/**
 * What became of a job that was worked on.
 * - `done`: finished.
 * - `hopeless`: it can't succeed as it is; it is kept among the dead.
 * - `again`: the service had a passing fault; the job is tried again, {@link MOST_TRIES} times in all. `pauseSeconds` is
 *   how long the service asked to be left alone, 0 when it did not.
 * - `pause`: nothing is wrong with the job; everybody leaves the service alone for so long, and no try is spent.
 */
export type Outcome =
  | { result: 'done'; what: string }
  | { result: 'hopeless'; why: string }
  | { result: 'again'; why: string; pauseSeconds: number }
  | { result: 'pause'; why: string; pauseSeconds: number };

/** Jobs by what is to be done with them; `pausedSeconds` is how long Koji is left alone. */
export type Counts = { waiting: Record<Job['kind'], number>; dead: number; pausedSeconds: number };

/** A job that was given up; `id` is the place where it is kept. */
export type DeadJob = { id: string; at: Date; job: Job; why: string };

/** How often something happened within the hour that began then. */
export type Tally = { hour: Date; what: string; times: number };

export type Engine = {
  /** Takes all of the jobs or none; it is safe once this resolves. Rejects when the queue can't be reached. */
  queue: (jobs: Job[]) => Promise<Taken>;
  counts: () => Promise<Counts>;
  /** Those that were given up, the newest first. */
  dead: (most: number) => Promise<DeadJob[]>;
  /** Puts one of them back into the queue, or all, with all tries before them. Gives how many. */
  tryAgain: (which: { id: string } | 'all') => Promise<number>;
  /** Counts something that happened outside of the queue. Never rejects. */
  tally: (what: string) => Promise<void>;
  /** What happened in the last hours, in the queue and outside of it. */
  tallies: (hours: number) => Promise<Tally[]>;
};

/** An engine that works in this process; where the host brings the jobs, it is the host that works. */
export type WorkingEngine = Engine & {
  /** Works until the returned function is called, which resolves when nothing is under way any more. */
  work: (handle: (job: Job) => Promise<Outcome>) => () => Promise<void>;
  close: () => Promise<void>;
};
