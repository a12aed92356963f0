export type Properties = Record<string, unknown>;

/** "Strings 1,024 chars, Amplitude truncates" (A5; https://amplitude.com/docs/faq/limits). */
const LONGEST_TEXT = 1024;
/** "Initial array limited to 1,024 characters, 10k only via append/prepend" (A5). */
const LONGEST_LIST = 1024;
const LONGEST_GROWN_LIST = 10_000;

/**
 * The order in which operations apply, whatever their order in the request; plain keys come last
 * (A5: Amplitude-TypeScript `packages/analytics-core/src/identify.ts`, `src/core-client.ts`).
 */
const OPERATIONS = [
  '$clearAll',
  '$unset',
  '$set',
  '$setOnce',
  '$add',
  '$append',
  '$prepend',
  '$preInsert',
  '$postInsert',
  '$remove',
] as const;

type Operation = (typeof OPERATIONS)[number];

const isProperties = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts cut to 1,024 UTF-16 units, at every depth. */
export const clipTexts = (value: unknown): unknown => {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT);
  if (Array.isArray(value)) return value.map(clipTexts);
  if (isProperties(value)) return clipProperties(value);
  return value;
};

export const clipProperties = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, clipTexts(value)]));

/** A list cut to so many characters, one counted between two items; the item at the edge is cut, the rest is lost. */
const clipList = (list: unknown[], longest: number): unknown[] => {
  const kept: unknown[] = [];
  let room = longest;
  for (const item of list) {
    const text = typeof item === 'string' ? item : JSON.stringify(item);
    if (room <= 0) break;
    if (text.length <= room) kept.push(item);
    else if (typeof item === 'string') kept.push(item.slice(0, room));
    room -= text.length + 1;
  }
  return kept;
};

const clipUserProperty = (value: unknown): unknown => {
  const clipped = clipTexts(value);
  return Array.isArray(clipped) ? clipList(clipped, LONGEST_LIST) : clipped;
};

const listOf = (value: unknown): unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};

const without = (list: unknown[], unwanted: unknown[]): unknown[] => {
  const texts = new Set(unwanted.map((item) => JSON.stringify(item)));
  return list.filter((item) => !texts.has(JSON.stringify(item)));
};

/** What an operation makes of one property; undefined takes the property away. */
const operate: Record<Exclude<Operation, '$clearAll'>, (before: unknown, given: unknown) => unknown> = {
  $unset: () => undefined,
  $set: (_before, given) => clipUserProperty(given),
  $setOnce: (before, given) => (before === undefined ? clipUserProperty(given) : before),
  $add: (before, given) => (typeof given === 'number' ? (typeof before === 'number' ? before : 0) + given : before),
  $append: (before, given) => clipList([...listOf(before), ...listOf(clipTexts(given))], LONGEST_GROWN_LIST),
  $prepend: (before, given) => clipList([...listOf(clipTexts(given)), ...listOf(before)], LONGEST_GROWN_LIST),
  $preInsert: (before, given) =>
    clipList([...without(listOf(clipTexts(given)), listOf(before)), ...listOf(before)], LONGEST_GROWN_LIST),
  $postInsert: (before, given) =>
    clipList([...listOf(before), ...without(listOf(clipTexts(given)), listOf(before))], LONGEST_GROWN_LIST),
  $remove: (before, given) => (before === undefined ? undefined : without(listOf(before), listOf(given))),
};

const isOperation = (key: string): key is Operation => OPERATIONS.some((operation) => operation === key);

/** Whether the request uses operations, plain keys, or both: the Identify API forbids both at once (A5). */
export const mixesOperations = (change: Properties): boolean => {
  const keys = Object.keys(change);
  return keys.some(isOperation) && !keys.every(isOperation);
};

/** A user's properties after a change that arrived in `user_properties`; neither argument is altered. */
export const applyChange = (before: Properties, change: Properties): Properties => {
  const after = new Map(Object.entries(before));
  if ('$clearAll' in change) after.clear();
  for (const operation of OPERATIONS) {
    const given = change[operation];
    if (operation === '$clearAll' || !isProperties(given)) continue;
    for (const [key, value] of Object.entries(given)) {
      const result = operate[operation](after.get(key), value);
      if (result === undefined) after.delete(key);
      else after.set(key, result);
    }
  }
  for (const [key, value] of Object.entries(change)) {
    if (!isOperation(key)) after.set(key, clipUserProperty(value));
  }
  return Object.fromEntries(after);
};
