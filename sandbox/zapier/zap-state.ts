import * as z from 'zod';
import { noteFailure } from './connection.ts';
import { type Item, itemSchema, type Operation } from './definition.ts';
import { InvocationFailed } from './failure.ts';
import { fillForm } from './forms.ts';
import type { HookServer } from './hooks.ts';
import { openRun, type Run, type Runs, type Step } from './runs.ts';
import type { Bundle } from './runtime.ts';
import { startRun } from './steps.ts';

export type ZapPlan = {
  trigger: { key: string; inputData?: Item };
  steps?: readonly Step[];
};

/** One request to the Zap's hook that was answered 200, and what became of it. */
export type Delivery = {
  at: number;
  /** `ignored`: perform gave `[]`; `dropped`: the Zap was off by then. */
  outcome: 'pending' | 'triggered' | 'ignored' | 'waiting' | 'failed' | 'held' | 'dropped';
  items: number;
};

/** What a Zap is made of, and how it stands now. */
export type ZapState = {
  readonly id: string;
  readonly plan: ZapPlan;
  readonly trigger: Operation;
  readonly hooks: HookServer;
  readonly runs: Runs;
  readonly hookDelayMilliseconds: number;
  readonly deliveries: Delivery[];
  isOn: boolean;
  /** How often it was subscribed, which gives each hook an address of its own. */
  subscriptions: number;
  subscribeData: unknown;
  hook: { url: string; shut: () => void } | undefined;
  /** Of a polling trigger: the dedupe keys it gave before, and the items that flood protection holds. */
  seen: Set<string>;
  /** What was there when it was turned on: none of it starts a run. */
  passedOver: Item[];
  heldItems: Item[];
};

export const itemList = z.array(itemSchema);

/** What the trigger's methods are given. */
export const bundleOf = async (zap: ZapState, extra: Bundle, meta: Item = {}): Promise<Bundle> => ({
  ...(await fillForm(zap.runs, zap.trigger, zap.plan.trigger.inputData)),
  ...extra,
  meta: { ...meta, zap: { id: zap.id } },
});

/** Calls one of the trigger's methods where a person waits for the answer; throws what they would read. */
export const callTrigger = async ({ trigger, runs }: ZapState, method: string, given: Bundle): Promise<unknown> => {
  const outcome = await runs.invoke(`${trigger.path}.${method}`, given);
  if (outcome.ok) return outcome.results;
  noteFailure(runs.connection, outcome.failure);
  throw new InvocationFailed(outcome.failure);
};

/** A run for each item; the first item may have a run already. */
export const startAll = async ({ id, plan, runs }: ZapState, items: readonly Item[], first?: Run): Promise<void> => {
  for (const [index, item] of items.entries()) {
    const run = index === 0 && first !== undefined ? first : openRun(runs, id);
    await startRun(runs, run, item, plan.steps ?? []);
  }
};
