import * as z from 'zod';

const object = z.record(z.string(), z.unknown());

export type JsonObject = z.infer<typeof object>;

/** The JSON object, or null when it is something else. */
export const objectOf = (value: unknown): JsonObject | null => object.safeParse(value).data ?? null;

const MOST_WORDS = 30;
const LONGEST_WORD = 32;

/** A name from an API. What looks like anything a person wrote, or like a key, is blotted out. */
export const word = (text: string): string =>
  /^[a-z_][a-z0-9_.-]*$/i.test(text) && text.length <= LONGEST_WORD && !/(?=.*\d).{20,}/.test(text) ? text : '•••';

/** Names from an API, each once. */
export const words = (texts: Iterable<string>): string => {
  const all = [...new Set([...texts].map(word))];
  return all.length > MOST_WORDS ? `${all.slice(0, MOST_WORDS).join(', ')}, …` : all.join(', ');
};

/** The kind of a value, without the value. Names of fields are shown where the API chose them, not a person. */
export const kindOf = (value: unknown, names: 'with names' | 'without names' = 'with names'): string => {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') {
    return names === 'with names' ? `an object {${words(Object.keys(value))}}` : 'an object';
  }
  if (typeof value === 'boolean') return 'true or false';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number with a fraction';
  return z.iso.datetime({ offset: true }).safeParse(value).success ? 'a date with its zone' : 'text';
};

/** How many of each kind there are: `text in 2, null in 1`. */
export const kindsOf = (values: unknown[], names: 'with names' | 'without names' = 'without names'): string => {
  const counts = new Map<string, number>();
  for (const value of values) {
    const kind = kindOf(value, names);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} in ${count}`).join(', ');
};

/**
 * The values at a path like `respondent.external_id` or `answers[].type`; one entry for each place where the name
 * stands, so none when it stands nowhere.
 */
export const valuesAt = (value: unknown, path: string): unknown[] =>
  path.split('.').reduce<unknown[]>(
    (found, step) => {
      const name = step.replace('[]', '');
      const here = found.flatMap((candidate) => {
        const holder = objectOf(candidate);
        return holder !== null && Object.hasOwn(holder, name) ? [holder[name]] : [];
      });
      return step.endsWith('[]') ? here.flatMap((list) => (Array.isArray(list) ? list : [])) : here;
    },
    [value],
  );
