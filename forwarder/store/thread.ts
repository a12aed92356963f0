/** PGlite in a thread of its own, which can be ended whatever it is in the middle of; see folder-thread.ts. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StoreFault } from '../fault.ts';
import type { Answer, Question } from './folder-thread.ts';

/** An answer takes no longer, in milliseconds; what does is caught in a loop, or waits for a disk that does not answer. */
const PATIENCE = 30_000;
/** The same for opening, which may have to make up for a crash. */
const PATIENCE_TO_OPEN = 300_000;

export type Thread = Awaited<ReturnType<typeof openThread>>;

/** Runs one of the files beside this one on a database. */
export const workerOn = (file: string, path: string): Worker =>
  new Worker(new URL(file, import.meta.url), { workerData: path });

/** Opens a database that is there, until it is ended; it takes one question at a time. */
export const openThread = async (path: string) => {
  const worker = workerOn('./folder-thread.ts', path);
  let hasEnded = false;
  worker.once('exit', () => {
    hasEnded = true;
  });
  // Whoever waits for an answer hears of it; without a listener it would end the process.
  worker.on('error', () => {});
  const answerWithin = async (milliseconds: number): Promise<Answer> => {
    const waiting = new AbortController();
    const giveUp = (): void => waiting.abort();
    const timer = setTimeout(giveUp, milliseconds);
    worker.once('exit', giveUp);
    try {
      const [given]: Answer[] = await once(worker, 'message', waiting);
      return given ?? { rows: [] };
    } catch (error) {
      // Its end may be heard of before anybody asks why: what it died of says more.
      throw Object(error).name === 'AbortError' ? new StoreFault('ETIMEDOUT') : error;
    } finally {
      clearTimeout(timer);
      worker.off('exit', giveUp);
    }
  };
  const end = (): void => void worker.terminate();
  try {
    await answerWithin(PATIENCE_TO_OPEN);
  } catch (error) {
    end();
    throw error;
  }
  return {
    ask: async (question: Question): Promise<Answer> => {
      if (hasEnded) throw new StoreFault('ETIMEDOUT');
      worker.postMessage(question);
      return answerWithin(PATIENCE);
    },
    /** Ends it, and lets go of its files. */
    end,
    hasEnded: () => hasEnded,
  };
};
