export type Properties = Record<string, unknown>;

/** "Strings 1,024 chars, Amplitude truncates" (A5; https://amplitude.com/docs/faq/limits). */
const LONGEST_TEXT = 1024;
/** "Initial array limited to 1,024 characters" (A5). */
const LONGEST_LIST = 1024;

const isProperties = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts cut to 1,024 UTF-16 units, at every depth. */
const clipTexts = (value: unknown): unknown => {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT);
  if (Array.isArray(value)) return value.map(clipTexts);
  if (isProperties(value)) return clipProperties(value);
  return value;
};

export const clipProperties = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, clipTexts(value)]));

/** A list cut to so many characters, one counted between two items; the item at the edge is cut, the rest is lost. */
const clipList = (list: unknown[]): unknown[] => {
  const kept: unknown[] = [];
  let room = LONGEST_LIST;
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
  return Array.isArray(clipped) ? clipList(clipped) : clipped;
};

/**
 * A user's properties after a change that arrived in `user_properties`; neither argument is altered. Of the operations
 * `$unset`, `$set` and `$setOnce` are built here, in the order in which they apply; plain keys come last (A5).
 */
export const applyChange = (before: Properties, { $unset, $set, $setOnce, ...plain }: Properties): Properties => {
  const unknown = Object.keys(plain).find((key) => key.startsWith('$'));
  if (unknown !== undefined) throw new Error(`The sandbox does not know the operation ${unknown}.`);
  const after = new Map(Object.entries(before));
  for (const key of Object.keys(isProperties($unset) ? $unset : {})) after.delete(key);
  const once = Object.entries(isProperties($setOnce) ? $setOnce : {}).filter(([key]) => !after.has(key));
  const changes = [...once, ...Object.entries({ ...(isProperties($set) ? $set : {}), ...plain })];
  for (const [key, value] of changes) after.set(key, clipUserProperty(value));
  return Object.fromEntries(after);
};
