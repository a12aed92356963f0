/**
 * Make's functions that our apps and blueprints use, by M9 and the notes it goes back to ([MK]:
 * minsu-kang/make-custom-app-skill, skill/references). Faithful to those and not to Make: what they leave open is
 * refused, and so is every function that is not here.
 */

import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { MakeError, UnknownToRunner } from './error.ts';
import { jsonOf } from './json.ts';

type Collection = Record<string, unknown>;
export const isCollection = (value: unknown): value is Collection =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);

/** One value as text: nothing is an empty text, a date is ISO 8601, a collection is `{object}`. */
export const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return typeof value === 'object' ? '{object}' : String(value);
};

/** The number that a value is, or that a text of digits spells; nothing else. */
export const amountOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
};

const listOf = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  throw new UnknownToRunner('What a function for lists makes of something else is not known.');
};

export const numberOf = (value: unknown): number => {
  const number = amountOf(value);
  if (number === undefined) throw new UnknownToRunner('A number is needed here.');
  return number;
};

/**
 * What a place counted from 1 is of something that is no list. Nothing; by another reading of [MK]'s runtime-reference.md,
 * the thing itself. An app has to bear both.
 */
export const readings: { placeInNoList: (value: unknown) => unknown } = { placeInNoList: () => undefined };

/** A value by its name, or by its place counted from 1. */
export const step = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key - 1] : undefined;
  if (typeof key === 'number') return readings.placeInNoList(value);
  return isCollection(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

/** A key as a function takes it: one that looks like a path may be one on Make [MK]. */
const keyOf = (key: unknown): string => {
  const name = textOf(key);
  if (/[.[\]`]/.test(name)) throw new UnknownToRunner(`Whether the key ${name} is a name or a path is not known.`);
  return name;
};

const REGULAR_EXPRESSION = /^\/(.*)\/([gimu]*)$/s;

const replaced = (text: unknown, search: unknown, replacement: unknown): string => {
  const match = REGULAR_EXPRESSION.exec(textOf(search));
  if (match === null) throw new UnknownToRunner('replace is known with a regular expression such as /x/g only.');
  return textOf(text).replace(new RegExp(match[1] ?? '', match[2]), textOf(replacement));
};

const outputEncoding = z.enum(['hex', 'base64']);
const keyEncodings = z.enum(['text', 'hex', 'base64']);

const digest = (algorithm: string, [text, encoding = 'hex', key, keyEncoding = 'text']: unknown[]): string => {
  const as = outputEncoding.parse(encoding);
  if (key === undefined) return createHash(algorithm).update(textOf(text)).digest(as);
  const bytes = Buffer.from(
    textOf(key),
    keyEncodings.parse(keyEncoding) === 'text' ? 'utf8' : outputEncoding.parse(keyEncoding),
  );
  return createHmac(algorithm, bytes).update(textOf(text)).digest(as);
};

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The moment that a text names by ISO 8601. Make reads more (help.make.com/type-coercion), but only of this is it known
 * which moment it makes of it, and only of days and times that there are. `zone` is for a text without one, which Make
 * reads in the scenario's own zone.
 */
export const dateOf = (text: string, zone?: 'Z'): Date => {
  const [, day, minutes = '00:00', seconds = '', ownZone = zone] = DATE.exec(text) ?? [];
  if (!/\d/.test(text)) throw new MakeError('DataError', 'The value is no date.');
  if (day === undefined || ownZone === undefined) {
    throw new UnknownToRunner(`Only a date by ISO 8601 with its zone is known, and not ${text}.`);
  }
  const inUtc = new Date(`${day}T${minutes}${seconds}Z`);
  if (Number.isNaN(inUtc.getTime()) || !inUtc.toISOString().startsWith(`${day}T${minutes}`)) {
    throw new UnknownToRunner(`What Make makes of a day or a time that is none is not known: ${text}.`);
  }
  return new Date(`${day}T${minutes}${seconds}${ownZone.toUpperCase()}`);
};

const parsedDate = (value: unknown, format?: unknown, zone?: unknown): Date => {
  if (value instanceof Date && format === undefined) return value;
  if (typeof value === 'string' && format === undefined && zone === undefined) return dateOf(value.trim());
  if ((format !== 'X' && format !== 'x') || zone !== undefined) {
    throw new UnknownToRunner('parseDate is known with a text alone, or with the format X or x.');
  }
  return new Date(Math.round(numberOf(value) * (format === 'X' ? 1000 : 1)));
};

const TOKEN = /YYYY|MMMM|MM|DD|D|HH|mm|ss|SSS|[^A-Za-z]+|T/g;
const monthName = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });

/** X and x are the same everywhere; anything else depends on the zone, the scenario's if none is given. */
const formattedDate = (value: unknown, format?: unknown, zone?: unknown): string => {
  const date = parsedDate(value);
  if (format === 'X') return String(Math.floor(date.getTime() / 1000));
  if (format === 'x') return String(date.getTime());
  if (zone !== 'UTC') throw new UnknownToRunner('formatDate with another format than X or x is known in UTC.');
  const iso = date.toISOString();
  const tokens: Record<string, string> = {
    YYYY: iso.slice(0, 4),
    MMMM: monthName.format(date),
    MM: iso.slice(5, 7),
    DD: iso.slice(8, 10),
    D: String(date.getUTCDate()),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    SSS: iso.slice(20, 23),
  };
  const text = textOf(format);
  const found = text.match(TOKEN) ?? [];
  if (text === '' || found.join('') !== text) throw new UnknownToRunner(`formatDate with the format ${text}`);
  return found.map((token) => tokens[token] ?? token).join('');
};

const collected = (list: unknown, key: unknown, value: unknown): Collection =>
  Object.fromEntries(listOf(list).map((entry) => [textOf(step(entry, keyOf(key))), step(entry, keyOf(value))]));

const mapped = ([list, key, filter, values]: unknown[]): unknown[] =>
  listOf(list)
    .filter(
      (entry) =>
        filter === undefined ||
        textOf(values)
          .split(',')
          .includes(textOf(step(entry, keyOf(filter)))),
    )
    .map((entry) => step(entry, keyOf(key)));

const lengthOf = (value: unknown): number =>
  typeof value === 'string' || Array.isArray(value) ? value.length : listOf(value).length;

const contains = (where: unknown, what: unknown): boolean =>
  Array.isArray(where) ? where.includes(what) : textOf(where).includes(textOf(what));

/** Each part trimmed and the empty ones dropped, unless a third value says to keep them as they are ([MK]). */
const parted = (text: unknown, separator: unknown, keep: unknown = false): string[] => {
  const parts = textOf(text).split(textOf(separator));
  return keep === true ? parts : parts.map((part) => part.trim()).filter((part) => part !== '');
};

const encodedUrl = (text: unknown): string => {
  try {
    return encodeURIComponent(textOf(text));
  } catch {
    throw new MakeError('DataError', 'The text holds half of a character.');
  }
};

const parsedJson = (text: unknown): unknown => {
  const json = jsonOf(textOf(text));
  if (json === undefined) throw new MakeError('DataError', 'The text is no JSON.');
  return json;
};

/** Each takes its values evaluated; `if` and `ifempty`, which do not evaluate all of them, are the evaluator's. */
export const functions: Record<string, (...values: unknown[]) => unknown> = {
  add: (list, ...values) => [...listOf(list), ...values],
  base64: (text) => Buffer.from(textOf(text)).toString('base64'),
  capitalize: (text) => textOf(text).replace(/^./su, (first) => first.toUpperCase()),
  contains,
  createJSON: (value) => JSON.stringify(value) ?? '',
  distinct: (list, key) => {
    const keys = listOf(list).map((entry) => (key === undefined ? entry : step(entry, keyOf(key))));
    return listOf(list).filter((_entry, index) => keys.indexOf(keys[index]) === index);
  },
  encodeURL: encodedUrl,
  first: (list) => listOf(list)[0],
  formatDate: formattedDate,
  get: (value, key) => step(value, typeof key === 'number' ? key : keyOf(key)),
  indexOf: (text, part) => textOf(text).indexOf(textOf(part)),
  isArray: (value) => Array.isArray(value),
  join: (list, separator) => listOf(list).map(textOf).join(textOf(separator)),
  keys: (value) => Object.keys(isCollection(value) ? value : {}),
  length: lengthOf,
  lower: (text) => textOf(text).toLowerCase(),
  map: (...values) => mapped(values),
  merge: (...lists) => lists.flatMap(listOf),
  omit: (value, ...keys) =>
    Object.fromEntries(Object.entries(isCollection(value) ? value : {}).filter(([key]) => !keys.includes(key))),
  parseDate: parsedDate,
  parseJSON: parsedJson,
  parseNumber: (text, separator) => numberOf(textOf(text).replace(textOf(separator ?? '.'), '.')),
  pick: (value, ...keys) =>
    Object.fromEntries(Object.entries(isCollection(value) ? value : {}).filter(([key]) => keys.includes(key))),
  replace: replaced,
  reverse: (list) => listOf(list).toReversed(),
  sha256: (...values) => digest('sha256', values),
  slice: (list, from, to) => listOf(list).slice(numberOf(from), to === undefined ? undefined : numberOf(to)),
  split: parted,
  substring: (text, from, to) => textOf(text).substring(numberOf(from), numberOf(to)),
  toArray: (value) => Object.entries(isCollection(value) ? value : {}).map(([key, entry]) => ({ key, value: entry })),
  toCollection: collected,
  toString: (value: unknown) => textOf(value),
  trim: (text) => textOf(text).trim(),
  upper: (text) => textOf(text).toUpperCase(),
};
