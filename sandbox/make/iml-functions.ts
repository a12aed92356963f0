/**
 * Make's functions that our app uses, by Make contract §2.2. Faithful to those notes and not to Make: what they leave
 * open is refused, and so is every function that is not here.
 */
import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { MakeError, UnknownToRunner } from './error.ts';

type Collection = Record<string, unknown>;
const collection = z.record(z.string(), z.unknown());
const isCollection = (value: unknown): value is Collection =>
  !(value instanceof Date) && !Array.isArray(value) && collection.safeParse(value).success;

/** One value as text: nothing is an empty text, a date is ISO 8601, a collection is `{object}`. */
export const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return typeof value === 'object' ? '{object}' : String(value);
};

const listOf = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  throw new UnknownToRunner('What a function for lists makes of something else is not known.');
};

const numberOf = (value: unknown): number => {
  const number = Number(value);
  if (value === undefined || value === null || value === '' || Number.isNaN(number)) {
    throw new UnknownToRunner('A number is needed here.');
  }
  return number;
};

/** A value by its name, or by its place counted from 1. */
export const step = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key - 1] : undefined;
  return isCollection(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : undefined;
};

const REGULAR_EXPRESSION = /^\/(.*)\/([gimu]*)$/s;

const replaced = (text: unknown, search: unknown, replacement: unknown): string => {
  const match = REGULAR_EXPRESSION.exec(textOf(search));
  if (match === null) throw new UnknownToRunner('replace is known with a regular expression such as /x/g only.');
  return textOf(text).replace(new RegExp(match[1] ?? '', match[2]), textOf(replacement));
};

const digest = (algorithm: string, [text, encoding = 'hex', key, keyEncoding = 'text']: unknown[]): string => {
  const as = z.enum(['hex', 'base64']).parse(encoding);
  if (key === undefined) return createHash(algorithm).update(textOf(text)).digest(as);
  const bytes = Buffer.from(
    textOf(key),
    z.enum(['text', 'hex', 'base64']).parse(keyEncoding) === 'text'
      ? 'utf8'
      : z.enum(['hex', 'base64']).parse(keyEncoding),
  );
  return createHmac(algorithm, bytes).update(textOf(text)).digest(as);
};

/** Without a zone a text is read as UTC; on Make it is the scenario's zone. */
export const dateOf = (value: unknown): Date => {
  if (value instanceof Date) return value;
  const text = textOf(value).trim();
  const zoned = /^\d{4}-\d{2}-\d{2}$/.test(text) || /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
  const date = new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? zoned.replace(' ', 'T').toUpperCase() : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new MakeError('DataError', 'The value is no date.');
  return date;
};

const parsedDate = (value: unknown, format: unknown): Date => {
  if (format === undefined) return dateOf(value);
  if (format !== 'X' && format !== 'x') throw new UnknownToRunner(`parseDate with the format ${textOf(format)}`);
  return new Date(Math.round(numberOf(value) * (format === 'X' ? 1000 : 1)));
};

const TOKEN = /\[([^\]]*)\]|YYYY|MMMM|MM|DD|D|HH|mm|ss|SSS|X|x|[^A-Za-z]+|T/g;
const monthName = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });

const formattedDate = (value: unknown, format: unknown): string => {
  const date = dateOf(value);
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
    X: String(Math.floor(date.getTime() / 1000)),
    x: String(date.getTime()),
  };
  const text = textOf(format);
  const found = text.match(TOKEN) ?? [];
  if (found.join('') !== text) throw new UnknownToRunner(`formatDate with the format ${text}`);
  return found.map((token) => tokens[token] ?? token.replace(/^\[|\]$/g, '')).join('');
};

const collected = (list: unknown, key: unknown, value: unknown): Collection =>
  Object.fromEntries(listOf(list).map((entry) => [textOf(step(entry, textOf(key))), step(entry, textOf(value))]));

const mapped = ([list, key, filter, values]: unknown[]): unknown[] =>
  listOf(list)
    .filter(
      (entry) =>
        filter === undefined ||
        textOf(values)
          .split(',')
          .includes(textOf(step(entry, textOf(filter)))),
    )
    .map((entry) => step(entry, textOf(key)));

const lengthOf = (value: unknown): number =>
  typeof value === 'string' || Array.isArray(value) ? value.length : listOf(value).length;

const contains = (where: unknown, what: unknown): boolean =>
  Array.isArray(where) ? where.includes(what) : textOf(where).includes(textOf(what));

const encodedUrl = (text: unknown): string => {
  try {
    return encodeURIComponent(textOf(text));
  } catch {
    throw new MakeError('DataError', 'The text holds half of a character.');
  }
};

const parsedJson = (text: unknown): unknown => {
  try {
    return JSON.parse(textOf(text));
  } catch {
    throw new MakeError('DataError', 'The text is no JSON.');
  }
};

/** Each takes its values evaluated; `if` and `ifempty`, which do not evaluate all of them, are the evaluator's. */
export const functions: Record<string, (...values: unknown[]) => unknown> = {
  add: (list, ...values) => [...listOf(list), ...values],
  base64: (text) => Buffer.from(textOf(text)).toString('base64'),
  contains,
  createJSON: (value) => JSON.stringify(value) ?? '',
  decodeURL: (text) => decodeURIComponent(textOf(text)),
  distinct: (list) => [...new Set(listOf(list))],
  encodeURL: encodedUrl,
  first: (list) => listOf(list)[0],
  flatten: (list) => listOf(list).flat(),
  formatDate: formattedDate,
  get: (value, key) => step(value, typeof key === 'number' ? key : textOf(key)),
  indexOf: (text, part) => textOf(text).indexOf(textOf(part)),
  isArray: (value) => Array.isArray(value),
  join: (list, separator) => listOf(list).map(textOf).join(textOf(separator)),
  keys: (value) => Object.keys(isCollection(value) ? value : {}),
  last: (list) => listOf(list).at(-1),
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
  split: (text, separator) => textOf(text).split(textOf(separator)),
  substring: (text, from, to) => textOf(text).slice(numberOf(from), numberOf(to)),
  toCollection: collected,
  toString: (value: unknown) => textOf(value),
  trim: (text) => textOf(text).trim(),
  upper: (text) => textOf(text).toUpperCase(),
};
