import { findTrigger, type Item, isHook } from './definition.ts';
import type { HookServer } from './hooks.ts';
import type { Run, Runs } from './runs.ts';
import { isSubscribed, openHook, subscribe, unsubscribe } from './zap-hook.ts';
import { type Poll, poll, releaseHeld, rememberWhatIsThere } from './zap-poll.ts';
import { bundleOf, callTrigger, type Delivery, itemList, type ZapPlan, type ZapState } from './zap-state.ts';

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
  /** What was there when it was turned on: none of it starts a run. */
  passedOver: () => Item[];
  /** Lets the items go that one poll brought too many of. */
  releaseHeld: () => Promise<void>;
  /** The editor's "Test trigger": up to three records to choose from. */
  testTrigger: () => Promise<Item[]>;
};

export type ZapOptions = {
  id: string;
  plan: ZapPlan;
  hooks: HookServer;
  runs: Runs;
  hookDelayMilliseconds: number;
};

export const createZap = (options: ZapOptions): Zap => {
  const zap: ZapState = {
    ...options,
    trigger: findTrigger(options.runs.definition, options.plan.trigger.key),
    deliveries: [],
    isOn: false,
    subscriptions: 0,
    subscribeData: undefined,
    hook: undefined,
    seen: new Set(),
    passedOver: [],
    heldItems: [],
  };
  // A hook the person pastes somewhere by hand keeps its address, whether the Zap is on or not.
  if (isHook(zap.trigger) && !isSubscribed(zap)) zap.hook = openHook(zap);

  return {
    id: zap.id,
    deliveries: zap.deliveries,
    runs: () => zap.runs.all.filter(({ zapId }) => zapId === zap.id),
    isOn: () => zap.isOn,
    targetUrl: () => zap.hook?.url ?? null,
    subscribeData: () => zap.subscribeData,
    turnOn: () => turnOn(zap),
    turnOff: async () => {
      if (zap.isOn) await unsubscribe(zap);
    },
    poll: () => poll(zap),
    passedOver: () => zap.passedOver,
    releaseHeld: () => releaseHeld(zap),
    testTrigger: () => testTrigger(zap),
  };
};

const turnOn = async (zap: ZapState): Promise<void> => {
  if (zap.isOn) return;
  if (isSubscribed(zap)) await subscribe(zap);
  else if (!isHook(zap.trigger)) await rememberWhatIsThere(zap);
  zap.isOn = true;
};

/** Z15: the editor uses up to three records. */
const EDITOR_RECORDS = 3;

const testTrigger = async (zap: ZapState): Promise<Item[]> => {
  const { trigger } = zap;
  // Z15: the editor's test of a hook calls performList only, never perform.
  const method = isHook(trigger) ? 'performList' : 'perform';
  const listable = method === 'perform' || trigger.performList !== undefined;
  const given = { isLoadingSample: true };
  const items = listable ? itemList.parse(await callTrigger(zap, method, await bundleOf(zap, {}, given))) : [];
  if (items.length > 0) return items.slice(0, EDITOR_RECORDS);
  return trigger.sample === undefined ? [] : [trigger.sample];
};
