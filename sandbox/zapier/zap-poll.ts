/** A Zap whose trigger is polled: what is new, and what is too much at once. */
import { noteFailure } from './connection.ts';
import { type Item, isHook } from './definition.ts';
import type { Failure } from './failure.ts';
import { bundleOf, callTrigger, itemList, startAll, type ZapState } from './zap-state.ts';

export type Poll = {
  /** What the trigger gave, and how many of these were new. */
  items: Item[];
  newItems: number;
  /** How many of the new ones are held back by flood protection. */
  held: number;
  /** Why there was nothing; a poll that fails is no run, the next one tries again. Inferred. */
  failure: Failure | null;
};

/** Z13: more new items than this in one poll are held. */
const MOST_NEW_ITEMS = 100;

/** The table starts afresh each time, so that what happened while the Zap was off is not made up for. */
export const rememberWhatIsThere = async (zap: ZapState): Promise<void> => {
  const results = await callTrigger(zap, 'perform', await bundleOf(zap, {}, { isPopulatingDedupe: true }));
  zap.passedOver = itemList.parse(results);
  zap.seen = new Set(zap.passedOver.map((item) => dedupeKey(zap, item)));
};

export const poll = async (zap: ZapState): Promise<Poll> => {
  const { trigger, runs } = zap;
  if (isHook(trigger)) throw new Error(`${trigger.key} is a hook; it is not polled.`);
  const nothing = { items: [], newItems: 0, held: 0, failure: null };
  if (!zap.isOn || runs.connection.isExpired()) return nothing;
  const outcome = await runs.invoke(`${trigger.path}.perform`, await bundleOf(zap, {}));
  if (!outcome.ok) {
    noteFailure(runs.connection, outcome.failure);
    return { ...nothing, failure: outcome.failure };
  }
  const items = itemList.parse(outcome.results);
  const fresh = takeNew(zap, items);
  if (fresh.length > MOST_NEW_ITEMS) {
    zap.heldItems.push(...fresh);
    return { items, newItems: fresh.length, held: fresh.length, failure: null };
  }
  await startAll(zap, fresh);
  return { items, newItems: fresh.length, held: 0, failure: null };
};

/** Lets the items go that one poll brought too many of. */
export const releaseHeld = async (zap: ZapState): Promise<void> => {
  const items = zap.heldItems;
  zap.heldItems = [];
  await startAll(zap, items);
};

const dedupeKey = ({ trigger }: ZapState, item: Item): string => {
  const primary = trigger.outputFields.flatMap((field) =>
    typeof field !== 'string' && field.primary === true ? [field.key] : [],
  );
  return JSON.stringify((primary.length === 0 ? ['id'] : primary).map((key) => item[key]));
};

/** Z13: newest first from the trigger; the oldest runs first (inferred). */
const takeNew = (zap: ZapState, items: readonly Item[]): Item[] => {
  const fresh = [];
  for (const item of items) {
    const key = dedupeKey(zap, item);
    if (zap.seen.has(key)) continue;
    zap.seen.add(key);
    fresh.push(item);
  }
  return fresh.reverse();
};
