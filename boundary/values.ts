import * as z from 'zod';
import { isEmail } from './email.ts';
import { failure, type Service } from './failure.ts';
import { isPlaceholder, isUnresolved } from './placeholders.ts';
import { spelledOut } from './text.ts';

/** A field that takes anything. What a form leaves when it is empty, or mapped to something that is not there, is not given. */
export const given = z
  .unknown()
  .optional()
  .transform((value) => (value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value));

/** What people read of a number that is not the one that was written any more. */
const TOO_MANY_DIGITS = 'holds a number with too many digits to be exact; hand it on as text';

/**
 * A field that may stay empty: `undefined` then, whatever the platform sends for it. `expectation` ends the sentence
 * "Minimum Quality …" that people read when they gave something else.
 */
export const optional = <Schema extends z.ZodType>(schema: Schema, expectation: string) =>
  given.transform((value, context): z.infer<Schema> | undefined => {
    if (value === undefined) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue(typeof value === 'number' && isRounded(value) ? TOO_MANY_DIGITS : expectation);
    return z.NEVER;
  });

/** A field that must be filled in. */
export const required = <Schema extends z.ZodType>(schema: Schema, expectation: string) =>
  optional(schema, expectation).transform((value, context): z.infer<Schema> => {
    if (value !== undefined) return value;
    context.addIssue('is empty');
    return z.NEVER;
  });

/** The name that people know a field by, from its key. */
export type NameOf = (key: string) => string;

/** The same in a form: its schema's title, else what the key spells; `respondent_id` is Respondent ID. */
const fieldName = (schema: z.ZodObject, key: string): string => {
  const field = schema.shape[key];
  return (field === undefined ? undefined : z.globalRegistry.get(field)?.title) ?? spelledOut(key);
};

/** What people filled in, parsed. Throws a `VendorFailure` of kind `data` that names the first field in the way. */
export const readInput = <Schema extends z.ZodObject>(
  service: Service,
  schema: Schema,
  input: unknown,
  nameOf: NameOf = (key) => fieldName(schema, key),
): z.infer<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = nameOf(String(issue?.path[0] ?? 'input'));
  throw failure(
    service,
    'data',
    'invalid_input',
    `Nothing was sent to ${service}: the field ${field} ${issue?.message}.`,
  );
};

/** Whether a number is not the one that was written: JavaScript can't hold every whole one from 2^53 on, and none of 1e309. */
export const isRounded = (value: number): boolean =>
  Number.isInteger(value) ? !Number.isSafeInteger(value) : Math.abs(value) === Number.POSITIVE_INFINITY;

/** Text as it was given, byte for byte. A number is its digits; one that may have been rounded is refused. */
export const text = z.union([
  z.string(),
  z
    .number()
    .refine((value) => !isRounded(value))
    .transform(String),
]);

/** Text without the spaces around it. */
export const trimmedText = text.transform((value) => value.trim());

/** A number, or a text that a person reads as one: `"4"`, `" 4 "`. One with more digits than any can have is none. */
export const number = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^[+-]?\d+(\.\d+)?$/)
      .transform(Number)
      .pipe(z.number()),
  ])
  .refine((value) => !isRounded(value));

/** What people and services write for yes and no, in small letters. */
export const YES = new Set(['true', 'yes', 'y', '1', 'on']);
export const NO = new Set(['false', 'no', 'n', '0', 'off']);

/** Yes or no, or a text that a person reads as one: `"true"`, `"No"`, `"1"`. */
export const yesOrNo = z.union([
  z.boolean(),
  text
    .transform((value) => value.trim().toLowerCase())
    .refine((value) => YES.has(value) || NO.has(value))
    .transform((value) => YES.has(value)),
]);

/** What people read of a field that holds none of its choices. */
export const mustBeOneOf = (choices: readonly string[]): string => `must be one of ${choices.join(', ')}`;

/** One of some choices, in any capitals. */
export const choice = <const Choice extends string>(choices: readonly Choice[]) =>
  trimmedText.transform((value) => value.toLowerCase()).pipe(z.enum(choices));

/** The same of a field that may stay empty; `undefined` when nothing is chosen. */
export const oneOf = <const Choice extends string>(choices: readonly Choice[]) =>
  optional(choice(choices), mustBeOneOf(choices));

/** A list of texts, taken as it is; one text that stands for a list is split at its commas. */
export const textList = z
  .union([text.transform((value) => value.split(',')), z.array(z.union([text, z.null().transform(() => '')]))])
  .transform((values) => values.map((value) => value.trim()).filter((value) => value !== ''));

/** No name or id has more characters, and no address holds many more. */
export const LONGEST_NAME = 1_024;

/** Half a character, or the sign that programs put in the place of one that they could not read. */
const BROKEN = /[\p{Surrogate}\ufffd]/u;

/** A field that names one thing or person, so that a reference in its place would name another; it is refused. */
export const resolved = <Schema extends z.ZodType<string | undefined>>(schema: Schema) =>
  schema
    .refine((value) => value === undefined || !isUnresolved(value), {
      message: 'is mapped to something that an earlier step did not give',
    })
    .refine((value) => value === undefined || !BROKEN.test(value), {
      message: 'holds a broken character: a text was cut within one, or lost one on the way. Map it from its source',
    })
    .refine((value) => value === undefined || value.length <= LONGEST_NAME, {
      message: `holds more than ${LONGEST_NAME.toLocaleString('en')} characters, so something else is mapped to it`,
    });

/** What people read of a field that stands for nobody. */
export const HOLDS_PLACEHOLDER = 'holds a placeholder such as null or n/a: an earlier step had no value for it';

/** The same, refusing also what stands in the place of many: null, n/a, [object Object]. */
export const named = <Schema extends z.ZodType<string | undefined>>(schema: Schema) =>
  resolved(schema).refine((value) => value === undefined || !isPlaceholder(value), {
    message: HOLDS_PLACEHOLDER,
  });

/** What people read of a field that needs an email and holds none, or two, or one with a name in front. */
export const HOLDS_NO_EMAIL = 'must be one email address, such as ada@example.com';

/** A named field that holds an email. */
export const email = named(optional(trimmedText, 'must be text')).refine(
  (value) => value === undefined || isEmail(value),
  HOLDS_NO_EMAIL,
);

/** What the services keep of a person or an event under a name. */
export type Property = string | number | boolean | string[];

const listed = z.array(z.union([text, z.boolean().transform(String)]));
const property = z.union([
  z.string(),
  z.number().refine((value) => !isRounded(value)),
  z.boolean(),
  listed,
  z.null().transform(() => ''),
]);

const record = z.record(z.string(), z.unknown());
/** A name that JavaScript has for something else: some programs pass over it, as `z.record` does, and some break on it. */
const NO_NAME = '__proto__';

/** Pairs of a name and a property; one without a value counts as empty. What can't be kept is left out, and named. */
export const properties = z
  .custom<z.infer<typeof record>>((given) => record.safeParse(given).success)
  .transform((given) => {
    const kept: [string, Property][] = [];
    const leftOut: string[] = [];
    for (const [name, value] of Object.entries(given)) {
      const read = property.safeParse(value);
      if (read.success && name !== NO_NAME) kept.push([name, read.data]);
      else leftOut.push(name);
    }
    return { kept: Object.fromEntries(kept), leftOut };
  });

/** How deep a value may be nested. Deeper ones could overflow the stack, and no service sends any. */
const DEEPEST = 32;

const isTooDeep = (value: unknown): boolean => {
  let level = [value];
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    const nested = level.filter((entry) => typeof entry === 'object' && entry !== null);
    if (nested.length === 0) return false;
    level = nested.flatMap((entry) => Object.values(entry));
  }
  return true;
};

/** Any value of JSON; one that is nested deeper than anybody would is null. */
export const shallow = z.unknown().transform((value) => (isTooDeep(value) ? null : value));

/**
 * `2026-05-24T11:41:22Z` and its kin: a space for the T, no seconds or thousandths of them, the zone as people write it,
 * with its name behind it. Without a zone it means another moment in each place.
 */
const ISO =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(?:(Z|UTC|GMT)|([+-]\d{2})(?::?(\d{2}))?)(?:\[[^\]]*\]| [A-Z]{3,4})?$/i;
/** `Thu, 26 Nov 2026 10:00:00 GMT` (RFC 1123), as mail and HTTP write it. */
const RFC_1123 =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d{2}:\d{2}(?::\d{2})?) (?:(GMT|UTC|UT|Z)|([+-]\d{2}):?(\d{2}))$/;
/** `Sun May 24 2026 11:41:22 GMT+0000 (Coordinated Universal Time)`: JavaScript's own order of the same. */
const JAVASCRIPT = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{4})(?: \([^)]*\))?$/;
const MONTHS: (string | undefined)[] = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
];

/** Earlier than the services exist, a date stands for none: 0001-01-01, 1970-01-01, or a number that counts something else. */
export const EARLIEST = Date.UTC(1973, 2, 3, 9, 46, 40);
/** So far ahead, one stands for never: 9999-12-31. */
export const LATEST = Date.UTC(2200, 0, 1);
/** Above this, a count since 1970 is in milliseconds: as seconds it would be the year 5138. */
export const MILLISECONDS_FROM = 1e11;

/** The 30th of February is none, though `Date` reads it as the 2nd of March. */
const dayOfTheCalendar = z.iso.date();

const atZone = (
  date: string | undefined,
  time: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number =>
  dayOfTheCalendar.safeParse(date).success
    ? Date.parse(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes ?? '00'}`}`)
    : Number.NaN;

const millisecondsOf = (given: string): number => {
  if (/^\d{9,14}(\.\d+)?$/.test(given)) return sinceEpoch(Number(given));
  const iso = ISO.exec(given);
  if (iso !== null) {
    const [, date, time, _utc, hours, minutes] = iso;
    return atZone(date, time?.replace(',', '.'), hours, minutes);
  }
  const reordered = given.replace(JAVASCRIPT, '$2 $1 $3 $4 $5');
  const [, day, month, year, time, _utc, hours, minutes] = RFC_1123.exec(reordered) ?? [];
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  return atZone(`${year}-${number}-${day?.padStart(2, '0')}`, time, hours, minutes);
};

const sinceEpoch = (count: number): number => Math.round(count >= MILLISECONDS_FROM ? count : count * 1000);

/**
 * A moment, as milliseconds since 1970: ISO 8601, RFC 1123 or JavaScript's text with a zone, or a count of seconds or
 * milliseconds. Other spellings are refused, because `05/06/2026` and `10:00` mean two moments to two people. Null when it
 * is no moment, or one so early or late that it stands for none.
 */
export const momentOf = (value: unknown): number | null => {
  let milliseconds = Number.NaN;
  if (typeof value === 'number') milliseconds = sinceEpoch(value);
  if (typeof value === 'string') milliseconds = millisecondsOf(value.trim());
  return milliseconds >= EARLIEST && milliseconds < LATEST ? milliseconds : null;
};

/** A moment that people fill in, and what they read of one that is none. */
export const moment = z.unknown().transform(momentOf).pipe(z.number());
export const HOLDS_NO_MOMENT = 'must be a date and time with its zone, such as 2026-05-24T11:41:22Z';

/** A moment in ISO 8601 with its zone (UTC), or null. */
export const isoOf = (value: unknown): string | null => {
  const milliseconds = momentOf(value);
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
};

/** The same of a service that writes UTC and may not say so. */
export const utcMomentOf = (value: unknown): number | null =>
  momentOf(value) ?? (typeof value === 'string' ? momentOf(`${value}Z`) : null);
