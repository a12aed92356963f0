/** A queue that forgets nothing: what it has taken survives the process. */
import type { Job } from './jobs.ts';

/** How many of the jobs were new, and how many the queue knew already. */
export type Taken = { queued: number; known: number };

/**
 * What became of a job that was worked on.
 * - `done`: finished.
 * - `hopeless`: it can't succeed as it is; it is kept among the dead.
 * - `again`: the service had a passing fault; it is tried again, eight times in all.
 * - `pause`: nothing is wrong with the job; everybody leaves the service alone for so long, and no try is spent.
 */
export type Outcome =
  | { result: 'done'; what: string }
  | { result: 'hopeless'; why: string }
  | { result: 'again'; why: string; pauseSeconds: number }
  | { result: 'pause'; why: string; pauseSeconds: number };

/** Jobs by what is to be done with them; `pausedSeconds` is how long Koji is left alone. */
export type Counts = { waiting: { start: number; write: number }; dead: number; pausedSeconds: number };

export type Engine = {
  /** Takes all of the jobs or none; it is safe once this resolves. Rejects when the queue can't be reached. */
  queue: (jobs: Job[]) => Promise<Taken>;
  /** Works until the returned function is called, which resolves when nothing is under way any more. */
  work: (handle: (job: Job) => Promise<Outcome>) => () => Promise<void>;
  counts: () => Promise<Counts>;
  close: () => Promise<void>;
};
