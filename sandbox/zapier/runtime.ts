import zapier from 'zapier-platform-core';
import * as z from 'zod';
import { inApp, isInApp, putAppsInto } from '../app-time.ts';
import type { VirtualClock } from '../clock.ts';
import { type Definition, type Item, parseDefinition } from './definition.ts';
import { errored, type Failure, toFailure } from './failure.ts';

/** What the app's code is given beside `z`; everything else of a bundle has its default (Z7). */
export type Bundle = {
  inputData?: Item;
  inputDataRaw?: Item;
  meta?: Item;
  subscribeData?: unknown;
  targetUrl?: string;
  rawRequest?: unknown;
  cleanedRequest?: unknown;
};

export type Outcome = { ok: true; results: unknown } | { ok: false; failure: Failure };

/** Runs one method of the app, as one Lambda invocation would. */
export type Invoke = (method: string, bundle: Bundle) => Promise<Outcome>;

export type RuntimeOptions = {
  app: object;
  authData: () => Record<string, string>;
  environment: Record<string, string>;
  rpcUrl: string;
  token: string;
  limitMilliseconds: number;
  /** The app's own time, where it is not the real one. */
  time?: VirtualClock | undefined;
};

export type Runtime = { definition: Definition; invoke: Invoke; close: () => Promise<void> };

/** Z7: what is in `bundle.meta` when nothing special is going on. */
const META = {
  isBulkRead: false,
  isFillingDynamicDropdown: false,
  isLoadingSample: false,
  isPopulatingDedupe: false,
  isTestingAuth: false,
  limit: -1,
  page: 0,
  timezone: 'UTC',
  inputFields: {},
};

type Handler = (event: object) => Promise<unknown>;

const output = z.object({ results: z.unknown().optional() });

/** Starts the app in core's own handler; everything between Zapier's servers and the app's code is the real one. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  process.memoryUsage = hidden;
  const environmentBefore = Object.keys(options.environment).map((name) => [name, process.env[name]] as const);
  const restoreConsole = muteApps();
  const restoreTime = options.time === undefined ? () => {} : putAppsInto(options.time);
  const handlers = createHandlers(options.app);
  const underWay = new Set<Promise<unknown>>();

  const send = (handler: Handler, event: { command: string; method?: string; bundle?: unknown }): Promise<unknown> => {
    const answer = inApp(() =>
      handler({
        ...event,
        // Core puts it beside each line of the log.
        logExtra: event.method === undefined ? {} : { method: event.method },
        rpc_base: options.rpcUrl,
        token: options.token,
        environment: options.environment,
        // Of what this means to core, we want two things: its checks of results throw instead of only being logged
        // (as under jest, and as `zapier-platform test` does), and it leaves this process's http and fetch alone.
        calledFromCli: true,
      }),
    );
    underWay.add(answer);
    const done = () => underWay.delete(answer);
    answer.then(done, done);
    return answer;
  };

  const invoke: Invoke = async (method, bundle) => {
    const full = { inputData: {}, inputDataRaw: {}, ...bundle, authData: options.authData() };
    const event = {
      command: 'execute',
      method,
      // Lambda takes and gives JSON; without the copy the app could change what the sandbox keeps.
      bundle: copy({ ...full, meta: { ...META, ...bundle.meta } }),
    };
    try {
      const answer = await withLimit(options.limitMilliseconds, options.time, send(handlers(method), event));
      return { ok: true, results: copy(output.parse(answer).results) };
    } catch (error) {
      return {
        ok: false,
        failure: error instanceof OutOfTime ? timedOut(options.limitMilliseconds) : toFailure(error),
      };
    }
  };

  const answer = output.parse(await send(createHandler(options.app), { command: 'definition' }));
  return {
    definition: parseDefinition(answer.results),
    invoke,
    close: async () => {
      // Invocations that were given up still hold a connection to the log.
      await Promise.race([Promise.allSettled(underWay), wait(1000)]);
      restoreConsole();
      restoreTime();
      for (const [name, value] of environmentBefore) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
};

/**
 * One handler for each operation, over the app without its other operations: core copies and freezes the whole app
 * twice per invocation, which is most of its time.
 */
const createHandlers = (app: object): ((method: string) => Handler) => {
  const handlers = new Map<string, Handler>();
  return (method) => {
    const [group = '', key = ''] = method.split('.');
    const name = groupSchema.safeParse(group).success ? `${group}.${key}` : '';
    const known = handlers.get(name);
    if (known !== undefined) return known;
    const handler = createHandler({
      ...app,
      triggers: {},
      creates: {},
      searches: {},
      searchOrCreates: {},
      ...(name === '' ? {} : { [group]: only(Reflect.get(app, group), key) }),
    });
    handlers.set(name, handler);
    return handler;
  };
};

const groupSchema = z.enum(['triggers', 'creates', 'searches']);

const only = (operations: unknown, key: string): object => {
  const found = z.record(z.string(), z.unknown()).parse(operations ?? {})[key];
  return found === undefined ? {} : { [key]: found };
};

/** core exports `createAppHandler`, its types do not. */
const createHandler = (app: object): Handler => {
  const factory: unknown = Reflect.get(zapier, 'createAppHandler');
  if (typeof factory !== 'function') throw new Error('zapier-platform-core has no createAppHandler.');
  const handler: unknown = factory(app);
  if (typeof handler !== 'function') throw new Error('createAppHandler made no handler.');
  return async (event) => handler(event);
};

const { memoryUsage } = process;
const nothing: NodeJS.MemoryUsage = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };
/**
 * Before each invocation core looks whether the process has more than 450 MB, and ends it then, trusting that another
 * container takes over (core/src/tools/memory-checker.js). This process also runs the stand-ins and perhaps jest, and
 * nobody would take over.
 */
const hidden = Object.assign(() => (isInApp() ? nothing : memoryUsage()), { rss: memoryUsage.rss });

/** `z.console` prints on the real console too (in production that is CloudWatch); here the log is kept instead. */
const muteApps = (): (() => void) => {
  const { console: screen } = globalThis;
  const restore = (['log', 'error'] as const).map((name) => {
    const print = screen[name];
    const filtered = (...parts: unknown[]): void => {
      if (!isInApp()) print.apply(screen, parts);
    };
    screen[name] = filtered;
    return () => {
      if (screen[name] === filtered) screen[name] = print;
    };
  });
  return () => {
    for (const undo of restore) undo();
  };
};

class OutOfTime extends Error {}

const withLimit = async <T>(milliseconds: number, time: VirtualClock | undefined, answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  let callOff: (() => void) | undefined;
  const limit = new Promise<never>((_, reject) => {
    const end = () => reject(new OutOfTime());
    timer = setTimeout(end, milliseconds);
    callOff = time?.limit(milliseconds, end);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
    callOff?.();
  }
};

/** Z11: 30 s for code and requests together. The invocation itself is left to end by itself. */
const timedOut = (milliseconds: number): Failure =>
  errored(
    'TimeoutError',
    `The app did not respond in-time. It may or may not have completed successfully. (timed out after ${milliseconds / 1000} s)`,
  );

const copy = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
