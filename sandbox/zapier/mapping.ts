import type { Field, Item } from './definition.ts';

/** What a template may point at. */
export type Sources = { trigger: Item; steps: readonly Item[] };

/**
 * Puts values into a step's form. A text may hold references: `{{trigger.respondent_email}}`, `{{steps.0.id}}`,
 * deeper with more dots, a number picks from a list, and a name picks from each item of a list (line items).
 *
 * Nothing is said about mapping; what is taken for granted: what is missing leaves its field empty, a text
 * that is one reference keeps a list a list, a single value arrives as text. Inferred: within other text a list is
 * joined with commas and an object is its JSON; true is `true`.
 */
export const fillTemplates = (form: Item, sources: Sources): Item =>
  Object.fromEntries(Object.entries(form).flatMap(([key, value]) => pair(key, resolve(value, sources))));

const pair = (key: string, value: unknown): [string, unknown][] => (value === undefined ? [] : [[key, value]]);

const WHOLE = /^\{\{\s*([^{}]+?)\s*\}\}$/;
const REFERENCE = /\{\{\s*([^{}]+?)\s*\}\}/g;

const resolve = (value: unknown, sources: Sources): unknown => {
  if (typeof value === 'string') {
    const reference = WHOLE.exec(value)?.[1];
    if (reference !== undefined) return asMapped(follow(reference, sources));
    return value.replace(REFERENCE, (_, path: string) => asText(follow(path, sources)));
  }
  if (Array.isArray(value)) {
    return value.flatMap((element: unknown) => resolve(element, sources)).filter((element) => element !== undefined);
  }
  return isItem(value) ? fillTemplates(value, sources) : value;
};

/** A list or an object stays one, its leaves as text; nothing is a field left out. */
const asMapped = (value: unknown): unknown => {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(asMapped).filter((element) => element !== undefined);
  if (isItem(value))
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => pair(key, asMapped(inner))));
  return asText(value);
};

const asText = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const follow = (reference: string, { trigger, steps }: Sources): unknown => {
  const [root, ...path] = reference.split('.');
  if (root === 'trigger') return pick(trigger, path);
  if (root === 'steps') return pick(steps, path);
  throw new Error(`{{${reference}}} begins neither with trigger nor with steps.`);
};

const pick = (value: unknown, path: readonly string[]): unknown => {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(value)) {
    if (/^\d+$/.test(name)) return pick(value[Number(name)], rest);
    return value.map((element: unknown) => pick(element, path)).filter((element) => element !== undefined);
  }
  return isItem(value) && Object.hasOwn(value, name) ? pick(value[name], rest) : undefined;
};

const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What the app is given: defaults where a field was left empty, then each value as its field's type. Throws
 * {@link InputMissing} for a required field that stays empty, and when a field isn't one of the form's.
 *
 * From zapier-platform-cli 19.1.0 (invoke/input-types.js, "like how Zapier production does"): defaults before types;
 * how text becomes a number, a boolean and a date; a date in the form `2026-01-31T09:30:00+00:00`, without
 * milliseconds, and the present time where no date can be read. As Z21 has it, JSON that is text stays text. Inferred: an empty field is left out altogether; a single text in a list
 * field becomes a list of one; a list in a field for one value is joined with commas; other types get text.
 */
export const applyFields = (input: Item, fields: readonly Field[], now: number): Item => {
  const known = new Set(fields.map(({ key }) => key));
  const unknown = Object.keys(input).find((key) => !known.has(key));
  if (unknown !== undefined) throw new Error(`The form has no field ${unknown}; it has ${[...known].join(', ')}.`);

  return Object.fromEntries(
    fields.flatMap((field) => {
      const given = input[field.key];
      const value = isEmpty(given) ? field.default : given;
      if (!isEmpty(value)) return pair(field.key, typed(value, field, now));
      if (field.required === true) throw new InputMissing(field);
      return [];
    }),
  );
};

/** A required field was left empty; the step isn't tried. */
export class InputMissing extends Error {
  constructor({ key, label }: Field) {
    super(`Required field "${label ?? key}" (${key}) is missing.`);
    this.name = 'RequiredFieldMissing';
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const typed = (value: unknown, field: Field, now: number): unknown => {
  if (field.dict === true && isItem(value)) return value;
  if (field.list === true) return [value].flat(Infinity).map((element) => typedScalar(element, field.type, now));
  return typedScalar(value, field.type, now);
};

const typedScalar = (value: unknown, type: string | undefined, now: number): unknown => {
  if (type === 'json') return value;
  const text = asText(value);
  if (type === 'integer') return toInteger(text);
  if (type === 'number') return toNumber(text);
  if (type === 'boolean') return toBoolean(text);
  if (type === 'datetime') return toDateTime(text, now);
  return text;
};

const toNumber = (text: string): number => {
  const number = Number.parseFloat(text.replace(/[^0-9.,-]/g, '').replace(/[.,-]$/, ''));
  return Number.isNaN(number) ? 0 : number;
};

const toInteger = (text: string): number => {
  const whole = Number.parseInt(text, 10);
  return Number.isNaN(whole) ? Math.floor(toNumber(text)) : whole;
};

const NO = new Set('noo|no|n|false|nope|f|never|no thanks|no thank you|nul|0|none|nil|nill|null'.split('|'));
const toBoolean = (text: string): boolean => text !== '' && !NO.has(text.toLowerCase());

/** For UTC. Free text ("next Friday"), which Zapier reads too, counts as no date here. */
const toDateTime = (text: string, now: number): string => {
  const stamp = /-?\d{10,14}/.exec(text)?.[0];
  const moment = stamp === undefined ? parseDate(text) : Number(stamp) * (stamp.length <= 12 ? 1000 : 1);
  return new Date(Number.isNaN(moment) ? now : moment).toISOString().replace(/\.\d{3}Z$/, '+00:00');
};

/** A time without an offset is in the person's time zone, here UTC. */
const parseDate = (text: string): number =>
  Date.parse(/T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text.trim()) ? `${text.trim()}Z` : text);
