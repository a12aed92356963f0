import { Worker } from 'node:worker_threads';
import type { Place } from '../place.ts';
import type { Play } from './campaign.ts';
import type { Result } from './world.ts';

/** So many threads that play groups of a campaign; a group that is one too many waits for nobody and fails. */
export const startThreads = (
  place: Place,
  count: number,
): { play: Play; count: number; close: () => Promise<void> } => {
  const threads = Array.from(
    { length: count },
    () => new Worker(new URL('worker.ts', import.meta.url), { workerData: place }),
  );
  const idle = [...threads];
  return {
    count,
    play: async (group) => {
      const thread = idle.pop();
      if (thread === undefined) throw new Error(`Only ${count} groups can be played at a time.`);
      const result = await new Promise<Result>((resolve, reject) => {
        thread.once('message', (message) => {
          thread.off('error', reject);
          resolve(message);
        });
        thread.once('error', reject);
        thread.postMessage(group);
      });
      idle.push(thread);
      return result;
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
};
