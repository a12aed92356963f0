import type { AmplitudeSandbox } from '../amplitude/server.ts';
import type { VirtualClock } from '../clock.ts';
import type { KojiSandbox } from '../koji/server.ts';
import type { LocalServer } from '../server.ts';
import type { Person, Promised } from './oracle.ts';
import type { Cache } from './plan.ts';

/** The services around a platform. `calm` takes back the faults that are set to come. */
export type World = { clock: VirtualClock; koji: KojiSandbox; amplitude: AmplitudeSandbox; calm: () => void };

/** What the campaign does on a platform, and what it sees there. */
export type Platform = {
  promised: Promised;
  /** Whether it notices an answer of Amplitude's that is no error and not Amplitude's own. */
  readsAnswers: boolean;
  turnOn: () => Promise<void>;
  /** Has the person started, and tries again as somebody would who sees that it failed. */
  start: (person: Person) => Promise<void>;
  /** Where Koji delivers. */
  hook: Pick<LocalServer, 'failNext'>;
  setCache: (cache: Cache) => void;
  /** Waits until nothing is under way, and mends a connection that ended. */
  settle: () => Promise<void>;
  /** What somebody does who looks into the history: runs again what did not come through. `again` delivers it anew. */
  attend: (again: () => Promise<unknown>) => Promise<void>;
  /** Runs the last run once more, though it came through. */
  replayLast: () => Promise<void>;
  /** Takes the secret that is in force now. */
  takeSecret: () => Promise<void>;
  /** How many deliveries were believed so far. */
  believed: () => number;
  /** Interviews that were said to be kept out. */
  skipped: () => string[];
  /** Every line that people or logs get to see. */
  lines: () => string[];
  /** How often something was tried again by hand. */
  replays: () => number;
  close: () => Promise<void>;
};
