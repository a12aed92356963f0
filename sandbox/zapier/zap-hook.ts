/** A Zap whose trigger is a hook: how it is subscribed, and what becomes of a delivery. */
import type { Call } from '../server.ts';
import { noteFailure } from './connection.ts';
import { isHook } from './definition.ts';
import type { Failure } from './failure.ts';
import { toCleanedRequest, toRawRequest } from './hooks.ts';
import { markRun, openRun, type Run } from './runs.ts';
import type { Bundle } from './runtime.ts';
import { DEFAULT_DELAY_SECONDS } from './steps.ts';
import { bundleOf, callTrigger, type Delivery, itemList, startAll, type ZapState } from './zap-state.ts';

/** Z16: a hook's perform that is throttled is tried once more, at the latest after this. */
const LONGEST_HOOK_DELAY_SECONDS = 300;

/** Whether turning it on subscribes it; else a person pastes the address somewhere by hand. */
export const isSubscribed = ({ trigger }: ZapState): boolean =>
  isHook(trigger) && trigger.performSubscribe !== undefined;

export const openHook = (zap: ZapState): { url: string; shut: () => void } => {
  zap.subscriptions += 1;
  return zap.hooks.open(zap.id, zap.subscriptions, {
    receive: (request) => receive(zap, request),
    end: () => closeHook(zap),
  });
};

export const subscribe = async (zap: ZapState): Promise<void> => {
  const hook = openHook(zap);
  zap.hook = hook;
  try {
    zap.subscribeData = await callTrigger(zap, 'performSubscribe', await bundleOf(zap, { targetUrl: hook.url }));
  } catch (error) {
    closeHook(zap);
    throw error;
  }
};

/** Nothing more is taken in before the service is told. */
export const unsubscribe = async (zap: ZapState): Promise<void> => {
  const { hook, subscribeData, trigger } = zap;
  const given = isSubscribed(zap) ? await bundleOf(zap, { targetUrl: hook?.url ?? '', subscribeData }) : undefined;
  closeHook(zap);
  if (given !== undefined && trigger.performUnsubscribe !== undefined) {
    await callTrigger(zap, 'performUnsubscribe', given);
  }
};

const closeHook = (zap: ZapState): void => {
  zap.isOn = false;
  if (!isSubscribed(zap)) return;
  zap.hook?.shut();
  zap.hook = undefined;
  zap.subscribeData = undefined;
};

const receive = (zap: ZapState, request: Call): void => {
  const { clock } = zap.runs;
  const delivery: Delivery = { at: clock.now(), outcome: 'pending', items: 0 };
  zap.deliveries.push(delivery);
  // As of now: the Zap may be subscribed anew, with another secret, before this is looked at.
  const received = {
    targetUrl: zap.hook?.url ?? '',
    subscribeData: zap.subscribeData,
    rawRequest: toRawRequest(request),
    cleanedRequest: toCleanedRequest(request),
  };
  clock.schedule(zap.hookDelayMilliseconds, () => perform(zap, { delivery, received, attempt: 1 }));
};

/** A delivery on its way through perform; `run` once something went wrong that the history shows. */
type Receipt = { delivery: Delivery; received: Bundle; attempt: number; run?: Run };

/** Runs the trigger's perform on what the hook received. */
const perform = async (zap: ZapState, receipt: Receipt): Promise<void> => {
  const { runs, trigger } = zap;
  const { delivery, received, run } = receipt;
  if (!zap.isOn) {
    delivery.outcome = 'dropped';
    return;
  }
  if (runs.connection.isExpired()) return hold(zap, receipt, null);

  const outcome = await runs.invoke(`${trigger.path}.perform`, await bundleOf(zap, received));
  if (!outcome.ok) return fail(zap, receipt, outcome.failure);
  const items = itemList.parse(outcome.results);
  delivery.items = items.length;
  delivery.outcome = items.length === 0 ? 'ignored' : 'triggered';
  if (items.length === 0 && run !== undefined) markRun(runs, run, 'filtered', null, null);
  return startAll(zap, items, run);
};

const hold = (zap: ZapState, receipt: Receipt, failure: Failure | null): void => {
  const run = receipt.run ?? openRun(zap.runs, zap.id);
  receipt.delivery.outcome = 'held';
  markRun(zap.runs, run, 'held', null, failure);
  zap.runs.connection.hold(() => perform(zap, { ...receipt, run }));
};

const fail = (zap: ZapState, receipt: Receipt, failure: Failure): void => {
  const { runs } = zap;
  noteFailure(runs.connection, failure);
  if (failure.kind === 'expired') {
    hold(zap, receipt, failure);
    return;
  }
  const run = receipt.run ?? openRun(runs, zap.id);
  if (failure.kind === 'throttled' && receipt.attempt === 1) {
    receipt.delivery.outcome = 'waiting';
    markRun(runs, run, 'waiting', null, failure);
    const delaySeconds = Math.min(failure.delaySeconds ?? DEFAULT_DELAY_SECONDS, LONGEST_HOOK_DELAY_SECONDS);
    runs.clock.schedule(delaySeconds * 1000, () => perform(zap, { ...receipt, attempt: 2, run }));
    return;
  }
  receipt.delivery.outcome = 'failed';
  markRun(runs, run, failure.kind === 'halted' ? 'halted' : 'errored', null, failure);
};
