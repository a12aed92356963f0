import type { VirtualClock } from '../clock.ts';
import type { Item, Operation, Throttle } from './definition.ts';

/**
 * Counts invocations against the throttles that actions declare. As ThrottleObjectSchema
 * of 19.1.0 has it (Z20): the bucket's name is made of key, window, limit and scope, so equal configurations without `action` share one;
 * the scope is action and account when none is given; the count begins at zero with each window. Ours: a window begins
 * with the first invocation that falls into it, and those over the limit come in the order they asked.
 */
export type Throttles = {
  /** Takes the next free place; milliseconds until it is there, 0 for now. */
  reserve: (operation: Operation, throttle: Throttle, inputData: Item) => number;
};

export const createThrottles = (clock: VirtualClock): Throttles => {
  const buckets = new Map<string, { startsAt: number; used: number }>();

  return {
    reserve: (operation, throttle, inputData) => {
      const { window, limit, scope = ['action', 'account'] } = throttle;
      const key = resolveKey(throttle.key ?? '', inputData);
      const action = scope.includes('action') ? operation.path : '';
      const name = JSON.stringify([key, window, limit, [...scope].sort(), action]);
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

/** `{{bundle.inputData.x}}` in a key is what the person put into that field (ThrottleObjectSchema). */
const resolveKey = (key: string, inputData: Item): string =>
  key.replace(/\{\{bundle\.inputData\.(\w+)\}\}/g, (_, name: string) => String(inputData[name] ?? ''));
