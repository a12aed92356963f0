/** An app that runs in this process, beside what stands in for the world around it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { VirtualClock } from './clock.ts';

const storage = new AsyncLocalStorage<true>();

/** Runs the app's code, which can be told from everything else here. */
export const inApp = <Result>(run: () => Result): Result => storage.run(true, run);

export const isInApp = (): boolean => storage.getStore() === true;

/**
 * The app reads another time and sleeps in it; the rest of this process keeps the real one. Gives how that ends. Whatever limits a wait ends
 * with either time: a stand-in that is told to be slow moves the clock, one that is really slow doesn't.
 */
export const putAppsInto = (time: VirtualClock): (() => void) => {
  // One for all: each would bring a stack that nobody reads.
  const timedOut = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  const real = { now: Date.now, lapse: performance.now, sleep: timers.setTimeout, timeout: AbortSignal.timeout };
  Date.now = () => (isInApp() ? time.now() : real.now());
  performance.now = () => (isInApp() ? time.now() : real.lapse.call(performance));
  timers.setTimeout = async (milliseconds, value, given) => {
    if (!isInApp()) return real.sleep(milliseconds, value, given);
    // With options it is no pause, but limits how long something else is waited for.
    if (given === undefined) {
      time.pass(milliseconds ?? 0);
      return value as never;
    }
    const woken = new Promise<void>((resolve) => {
      const callOff = time.limit(milliseconds ?? 0, resolve);
      given.signal?.addEventListener('abort', callOff, { once: true });
    });
    return Promise.race([woken.then(() => value as never), real.sleep(milliseconds, value, given)]);
  };
  AbortSignal.timeout = (milliseconds) => {
    if (!isInApp()) return real.timeout.call(AbortSignal, milliseconds);
    const limit = new AbortController();
    const end = () => limit.abort(timedOut);
    time.limit(milliseconds, end);
    setTimeout(end, milliseconds).unref();
    return limit.signal;
  };
  syncBuiltinESMExports();
  return () => {
    Date.now = real.now;
    performance.now = real.lapse;
    timers.setTimeout = real.sleep;
    AbortSignal.timeout = real.timeout;
    syncBuiltinESMExports();
  };
};
