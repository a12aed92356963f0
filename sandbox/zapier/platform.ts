import type { VirtualClock } from '../clock.ts';
import type { LocalServer } from '../server.ts';
import { type Cache, startCache } from './cache.ts';
import { type ConnectionTest, createConnection } from './connection.ts';
import type { Item } from './definition.ts';
import { InvocationFailed } from './failure.ts';
import { startHooks } from './hooks.ts';
import { type LogLine, startLogs } from './logs.ts';
import { openRun, type Run, type Runs, type Step } from './runs.ts';
import { type Bundle, type Invoke, startRuntime } from './runtime.ts';
import { startRun } from './steps.ts';
import { createThrottles } from './throttle.ts';
import { createZap, type Zap } from './zap.ts';
import type { ZapPlan } from './zap-state.ts';

export type ZapierOptions = {
  /** The built app: what `dist/index.js` exports. */
  app: object;
  /** The time of everything that waits. */
  clock: VirtualClock;
  /** Whether the app's own code runs on that clock, too; else it runs in real time. */
  appIsOnClock?: boolean;
  authData?: Record<string, string>;
  /** Environment variables of the integration; core copies them into process.env before each invocation. */
  environment?: Record<string, string>;
  /** From the 200 for a hook until its perform runs; Z14: this may be minutes. */
  hookDelayMilliseconds?: number;
  /** Of real time, for one invocation; Z11: 30 s. */
  limitMilliseconds?: number;
  /** How a method of the app is run; left out, in core's own handler, as on Zapier. */
  invoke?: Invoke;
};

export type ZapierSandbox = {
  zap: (plan: ZapPlan) => Zap;
  /** One run of a Zap whose trigger belongs to another app; the item is what that trigger gave. */
  runSteps: (item: Item, steps: readonly Step[]) => Promise<Run>;
  /** Every Zap's runs, oldest first. */
  runs: Run[];
  /** The server that hooks are posted to. */
  hooks: LocalServer;
  cache: Cache;
  /** What the app printed and requested, as the integration's log shows it. */
  logs: LogLine[];
  /** Adding a connection: authentication.test, then its label. Throws what the person would read. */
  testConnection: () => Promise<ConnectionTest>;
  isConnectionExpired: () => boolean;
  /** Tests the connection, perhaps with new credentials, then lets go what was held. */
  reconnect: (next?: Record<string, string>) => Promise<void>;
  /** One method of the app with a bundle of your own; throws an {@link InvocationFailed}. */
  invoke: (method: string, bundle?: Bundle) => Promise<unknown>;
  close: () => Promise<void>;
};

const TOKEN = 'sandbox-rpc-token';

/** Starts what Zapier's servers do around an app: hooks, polls, runs, cache, log. Nothing leaves this machine. */
export const startZapier = async (options: ZapierOptions): Promise<ZapierSandbox> => {
  const { app, clock, authData = {}, environment = {}, hookDelayMilliseconds = 0 } = options;
  const [cache, logs, hooks] = await Promise.all([startCache(clock, TOKEN), startLogs(clock), startHooks()]);
  const closeServers = () => Promise.all([hooks.server.close(), cache.server.close()]);
  const runtime = await startRuntime({
    app,
    authData: () => connection.authData(),
    environment: { ...environment, LOGGING_ENDPOINT: logs.url },
    rpcUrl: cache.server.url,
    token: TOKEN,
    limitMilliseconds: options.limitMilliseconds ?? 30_000,
    time: options.appIsOnClock === true ? clock : undefined,
  }).catch(async (error: unknown) => {
    await Promise.all([closeServers(), logs.close()]);
    throw error;
  });
  const { definition } = runtime;
  const invoke = options.invoke ?? runtime.invoke;
  const connection = createConnection({ authData, definition, invoke });
  const runs: Runs = {
    clock,
    definition,
    invoke,
    connection,
    throttles: createThrottles(clock),
    all: [],
    dynamicFields: new Map(),
  };
  let zaps = 0;

  return {
    zap: (plan) => {
      zaps += 1;
      return createZap({ id: `zap-${zaps}`, plan, hooks, runs, hookDelayMilliseconds });
    },
    runSteps: async (item, steps) => {
      const run = openRun(runs, 'zap-of-another-app');
      await startRun(runs, run, item, steps);
      return run;
    },
    runs: runs.all,
    hooks: hooks.server,
    cache,
    logs: logs.lines,
    testConnection: connection.test,
    isConnectionExpired: connection.isExpired,
    reconnect: connection.reconnect,
    invoke: async (method, bundle = {}) => {
      const outcome = await invoke(method, bundle);
      if (!outcome.ok) throw new InvocationFailed(outcome.failure);
      return outcome.results;
    },
    close: async () => {
      await closeServers();
      await runtime.close();
      await logs.close();
    },
  };
};
