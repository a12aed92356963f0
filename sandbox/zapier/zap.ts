import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import type { Call } from '../server.ts';
import { type Connection, noteFailure } from './connection.ts';
import { type Definition, findTrigger, type Item, isHook, itemSchema } from './definition.ts';
import { type Failure, InvocationFailed } from './failure.ts';
import { type HookServer, toCleanedRequest, toRawRequest } from './hooks.ts';
import { applyFields, fillTemplates } from './mapping.ts';
import { DEFAULT_DELAY_SECONDS, type Run, type Runs, type Step } from './runs.ts';
import type { Bundle, Invoke } from './runtime.ts';

export type ZapPlan = {
  trigger: { key: string; inputData?: Item };
  steps?: readonly Step[];
  /** A Filter step right behind the trigger: false ends the run as `filtered`. */
  filter?: (item: Item) => boolean;
};

/** One request to the Zap's hook that was answered 200, and what became of it. */
export type Delivery = {
  at: number;
  /** `ignored`: perform gave `[]`; `dropped`: the Zap was off by then. */
  outcome: 'pending' | 'triggered' | 'ignored' | 'waiting' | 'failed' | 'held' | 'dropped';
  items: number;
};

export type Poll = {
  /** What the trigger gave, and how many of these were new. */
  items: Item[];
  newItems: number;
  /** How many of the new ones are held back by flood protection. */
  held: number;
  /** Why there was nothing; a poll that fails is no run, the next one tries again. Inferred. */
  failure: Failure | null;
};

export type Zap = {
  id: string;
  runs: () => Run[];
  isOn: () => boolean;
  /** Where the service has to post to; null for a polling trigger, or while unsubscribed. */
  targetUrl: () => string | null;
  subscribeData: () => unknown;
  deliveries: Delivery[];
  turnOn: () => Promise<void>;
  turnOff: () => Promise<void>;
  poll: () => Promise<Poll>;
  /** Lets the items go that one poll brought too many of. */
  releaseHeld: () => Promise<void>;
  /** The editor's "Test trigger": up to three records to choose from. */
  testTrigger: () => Promise<Item[]>;
  /** The editor's "Test step", with the trigger's first record or one of your own. */
  testStep: (index: number, given?: { trigger?: Item; outputs?: readonly Item[] }) => Promise<Item>;
};

export type ZapOptions = {
  id: string;
  plan: ZapPlan;
  clock: VirtualClock;
  definition: Definition;
  invoke: Invoke;
  connection: Connection;
  hooks: HookServer;
  runs: Runs;
  hookDelayMilliseconds: number;
};

/** Contract §3: more new items than this in one poll are held. */
const MOST_NEW_ITEMS = 100;
/** Contract §3: a hook's perform that is throttled is tried once more, at the latest after this. */
const LONGEST_HOOK_DELAY_SECONDS = 300;
/** Contract §3: the editor uses up to three records. */
const EDITOR_RECORDS = 3;

const itemList = z.array(itemSchema);

export const createZap = (options: ZapOptions): Zap => {
  const { id, plan, clock, definition, invoke, connection, hooks, runs, hookDelayMilliseconds } = options;
  const trigger = findTrigger(definition, plan.trigger.key);
  const runPlan = { steps: plan.steps ?? [], filter: plan.filter };
  const primaryKeys = trigger.outputFields.flatMap((field) =>
    typeof field !== 'string' && field.primary === true ? [field.key] : [],
  );
  const isSubscribed = isHook(trigger) && trigger.performSubscribe !== undefined;

  let on = false;
  let subscriptions = 0;
  let subscribeData: unknown;
  let hook: { url: string; shut: () => void } | undefined;
  let seen = new Set<string>();
  let heldItems: Item[] = [];
  const deliveries: Delivery[] = [];

  const bundle = async (extra: Bundle, meta: Item = {}): Promise<Bundle> => {
    const inputDataRaw = fillTemplates(plan.trigger.inputData ?? {}, { trigger: {}, steps: [] });
    const fields = await runs.fieldsOf(trigger, inputDataRaw);
    const inputData = applyFields(inputDataRaw, fields, clock.now());
    return { inputData, inputDataRaw, ...extra, meta: { ...meta, zap: { id } } };
  };

  /** For when a person waits for the answer. */
  const call = async (method: string, given: Bundle): Promise<unknown> => {
    const outcome = await invoke(`${trigger.path}.${method}`, given);
    if (outcome.ok) return outcome.results;
    noteFailure(connection, outcome.failure);
    throw new InvocationFailed(outcome.failure);
  };

  const startAll = async (items: readonly Item[], first?: Run): Promise<void> => {
    for (const [index, item] of items.entries()) {
      await runs.start(index === 0 && first !== undefined ? first : runs.open(id), item, runPlan);
    }
  };

  /** Runs the trigger's perform on what the hook received. */
  const perform = async (delivery: Delivery, received: Bundle, attempt: number, opened?: Run): Promise<void> => {
    if (!on) {
      delivery.outcome = 'dropped';
      return;
    }
    const hold = (failure: Failure | null): void => {
      const run = opened ?? runs.open(id);
      delivery.outcome = 'held';
      runs.mark(run, 'held', null, failure);
      connection.hold(() => perform(delivery, received, attempt, run));
    };
    if (connection.isExpired()) return hold(null);

    const outcome = await invoke(`${trigger.path}.perform`, await bundle(received));
    if (outcome.ok) {
      const items = itemList.parse(outcome.results);
      delivery.items = items.length;
      delivery.outcome = items.length === 0 ? 'ignored' : 'triggered';
      if (items.length === 0 && opened !== undefined) runs.mark(opened, 'filtered', null, null);
      return startAll(items, opened);
    }

    const { failure } = outcome;
    noteFailure(connection, failure);
    if (failure.kind === 'expired') return hold(failure);
    const run = opened ?? runs.open(id);
    if (failure.kind === 'throttled' && attempt === 1) {
      delivery.outcome = 'waiting';
      runs.mark(run, 'waiting', null, failure);
      const delaySeconds = Math.min(failure.delaySeconds ?? DEFAULT_DELAY_SECONDS, LONGEST_HOOK_DELAY_SECONDS);
      clock.schedule(delaySeconds * 1000, () => perform(delivery, received, 2, run));
      return;
    }
    delivery.outcome = 'failed';
    runs.mark(run, failure.kind === 'halted' ? 'halted' : 'errored', null, failure);
  };

  const receive = (request: Call): void => {
    const delivery: Delivery = { at: clock.now(), outcome: 'pending', items: 0 };
    deliveries.push(delivery);
    // As of now: the Zap may be subscribed anew, with another secret, before this is looked at.
    const received = {
      targetUrl: hook?.url ?? '',
      subscribeData,
      rawRequest: toRawRequest(request),
      cleanedRequest: toCleanedRequest(request),
    };
    clock.schedule(hookDelayMilliseconds, () => perform(delivery, received, 1));
  };

  const close = (): void => {
    on = false;
    if (!isSubscribed) return;
    hook?.shut();
    hook = undefined;
    subscribeData = undefined;
  };

  const openHook = (): { url: string; shut: () => void } => {
    subscriptions += 1;
    return hooks.open(id, subscriptions, { receive, end: close });
  };
  // A hook the person pastes somewhere by hand keeps its address, whether the Zap is on or not.
  if (isHook(trigger) && !isSubscribed) hook = openHook();

  const subscribe = async (): Promise<void> => {
    hook = openHook();
    try {
      subscribeData = await call('performSubscribe', await bundle({ targetUrl: hook.url }));
    } catch (error) {
      close();
      throw error;
    }
  };

  const dedupeKey = (item: Item): string =>
    JSON.stringify((primaryKeys.length === 0 ? ['id'] : primaryKeys).map((key) => item[key]));

  /** Contract §3: newest first from the trigger; the oldest runs first (inferred). */
  const takeNew = (items: readonly Item[]): Item[] => {
    const fresh = [];
    for (const item of items) {
      const key = dedupeKey(item);
      if (seen.has(key)) continue;
      seen.add(key);
      fresh.push(item);
    }
    return fresh.reverse();
  };

  const testTrigger = async (): Promise<Item[]> => {
    // Contract §3: the editor's test of a hook calls performList only, never perform.
    const method = isHook(trigger) ? 'performList' : 'perform';
    const listable = method === 'perform' || trigger.performList !== undefined;
    const items = listable ? itemList.parse(await call(method, await bundle({}, { isLoadingSample: true }))) : [];
    if (items.length > 0) return items.slice(0, EDITOR_RECORDS);
    return trigger.sample === undefined ? [] : [trigger.sample];
  };

  return {
    id,
    deliveries,
    runs: () => runs.all.filter(({ zapId }) => zapId === id),
    isOn: () => on,
    targetUrl: () => hook?.url ?? null,
    subscribeData: () => subscribeData,

    turnOn: async () => {
      if (on) return;
      if (isSubscribed) await subscribe();
      else if (!isHook(trigger)) {
        // The table starts afresh each time, so that what happened while the Zap was off is not made up for.
        const known = itemList.parse(await call('perform', await bundle({}, { isPopulatingDedupe: true })));
        seen = new Set(known.map(dedupeKey));
      }
      on = true;
    },

    turnOff: async () => {
      if (!on) return;
      const given = isSubscribed ? await bundle({ targetUrl: hook?.url ?? '', subscribeData }) : undefined;
      close();
      if (given !== undefined && trigger.performUnsubscribe !== undefined) await call('performUnsubscribe', given);
    },

    poll: async () => {
      if (isHook(trigger)) throw new Error(`${trigger.key} is a hook; it is not polled.`);
      const nothing = { items: [], newItems: 0, held: 0, failure: null };
      if (!on || connection.isExpired()) return nothing;
      const outcome = await invoke(`${trigger.path}.perform`, await bundle({}));
      if (!outcome.ok) {
        noteFailure(connection, outcome.failure);
        return { ...nothing, failure: outcome.failure };
      }
      const items = itemList.parse(outcome.results);
      const fresh = takeNew(items);
      if (fresh.length > MOST_NEW_ITEMS) {
        heldItems.push(...fresh);
        return { items, newItems: fresh.length, held: fresh.length, failure: null };
      }
      await startAll(fresh);
      return { items, newItems: fresh.length, held: 0, failure: null };
    },

    releaseHeld: async () => {
      const items = heldItems;
      heldItems = [];
      await startAll(items);
    },

    testTrigger,

    testStep: async (index, given = {}) => {
      const step = runPlan.steps[index];
      if (step === undefined) throw new Error(`The Zap has no step ${index}.`);
      const record = given.trigger ?? (await testTrigger())[0] ?? {};
      return runs.testStep(id, step, record, given.outputs ?? []);
    },
  };
};
