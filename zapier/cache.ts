/** Zapier's cache, which core does not give up by itself when it hangs (docs/facts/zapier.md). */
import { setTimeout as sleep } from 'node:timers/promises';

/** For how long the cache keeps what it is given, in seconds, as it counts. */
export const DAY_SECONDS = 86_400;

/** How long a step waits for the cache, in milliseconds. */
const PATIENCE = 2_000;

/** What `asking` the cache gives; rejects when it fails, or after 2 seconds. */
export const fromCache = <Value>(asking: Promise<Value>): Promise<Value> =>
  Promise.race([
    asking,
    sleep(PATIENCE, undefined, { ref: false }).then(() => {
      throw new Error('The cache does not answer.');
    }),
  ]);
