import type { VirtualClock } from '../clock.ts';
import type { Throttle } from './definition.ts';

/**
 * Counts invocations against the throttles that actions declare: equal ones share a count, which begins at zero with each
 * window (Z20). Ours: a window begins with the first invocation that falls into it, and those over the limit come in the
 * order they asked.
 */
export type Throttles = {
  /** Takes the next free place; milliseconds until it is there, 0 for now. */
  reserve: (throttle: Throttle) => number;
};

export const createThrottles = (clock: VirtualClock): Throttles => {
  const buckets = new Map<string, { startsAt: number; used: number }>();

  return {
    reserve: ({ key, window, limit }) => {
      const name = JSON.stringify([key, window, limit]);
      const length = window * 1000;
      const now = clock.now();

      const bucket = buckets.get(name);
      if (bucket === undefined || now >= bucket.startsAt + length) {
        buckets.set(name, { startsAt: now, used: 1 });
        return 0;
      }
      if (bucket.used >= limit) {
        bucket.startsAt += length;
        bucket.used = 0;
      }
      bucket.used += 1;
      return Math.max(0, bucket.startsAt - now);
    },
  };
};
