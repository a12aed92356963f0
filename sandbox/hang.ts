/** How a service keeps its callers waiting, in time that goes by on the clock. */
import type { ServerResponse } from 'node:http';
import { setImmediate as tick } from 'node:timers/promises';
import type { VirtualClock } from './clock.ts';

/** So many turns of the event loop, and the other side has seen a patience end and hung up. */
const TURNS = 20;
const turn = async (): Promise<void> => {
  for (let count = 0; count < TURNS; count += 1) await tick();
};

/** Time passes on the clock, from one patience's end to the next, until it is over or the caller hangs up. */
export const pass = async (outgoing: ServerResponse, clock: VirtualClock, milliseconds: number): Promise<void> => {
  await turn();
  const end = clock.now() + milliseconds;
  while (!outgoing.destroyed && clock.now() < end) {
    clock.pass(Math.min(clock.untilNextLimit ?? Infinity, end - clock.now()));
    await turn();
  }
};

/** Longer than anybody waits; Make waits 40 s. */
const BEYOND_PATIENCE = 60;

/** A service that doesn't answer; gives up once the caller has hung up, or after so many seconds. */
export const hang = (outgoing: ServerResponse, clock: VirtualClock, seconds = BEYOND_PATIENCE): Promise<void> =>
  pass(outgoing, clock, seconds * 1000);
