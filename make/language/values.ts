/** Fields, and checks of values, that more than one module has. */
import type { Service } from '../../boundary/failure.ts';
import { PLACEHOLDERS } from '../../boundary/placeholders.ts';
import { LONGEST_NAME, mustBeOneOf } from '../../boundary/values.ts';
import { qualityScale } from '../../koji/contract.ts';
import type { Parameter, ThinkingStep } from './format.ts';

/** A collection without entries, which expressions can't write. */
export const NONE = { none: {} };

/** For fields that must hold something; spaces alone would stand for everything, or for one and the same thing. */
export const NOT_BLANK = { pattern: '[^ \\t\\r\\n]' };

/** For fields that take a key, which holds no space and no line break. */
export const KEY = { pattern: '^[!-~]+$' };

/**
 * `temp` values that {@link isPlaceholder} and {@link isNothing} ask. Quotation marks are read through; a reference that was
 * not filled in counts as a placeholder, and in an id also one among other words, and what is too long.
 */
export const NOTHING = {
  placeholders: [...PLACEHOLDERS],
  marks: '/["\'`“”‘’]/g',
  unfilled: '/^ *[{][{][^{}]*([}][}])? *$/',
  no_name: `/^([^]{${LONGEST_NAME + 1},}|[^]*[{][{][^]*)$/`,
};

const isListed = (text: string, pattern: string): string =>
  `contains(temp.placeholders, trim(replace(replace(lower(${text}), temp.marks, ''), ${pattern}, 'null')))`;

/** Whether a text is one that stands for nothing, by {@link NOTHING}. */
export const isPlaceholder = (text: string): string => isListed(text, 'temp.unfilled');

/** The same of what is to be an id. */
export const isNothing = (text: string): string => isListed(text, 'temp.no_name');

/** No text that anybody writes holds it: it parts the texts of a list that is one text for a moment, or stands for what was found. */
export const MARK = '\u241F';

/** What people read of a field that holds such a text. */
export const HOLDS_NOTHING = `holds a placeholder such as null or n/a (an earlier module had no value for it), or more than ${LONGEST_NAME.toLocaleString('en')} characters`;

/** What is no score from 1 to 5. */
export const NO_SCORE_PATTERN = '/^(?!([1-4]([.][0-9]+)?|5([.]0+)?)$)[^]*$/';
/** The same as an expression writes it. */
const NO_SCORE = `'${NO_SCORE_PATTERN}'`;

/** The score that a text holds, as a number; 0 for none. `pattern` is what is none. */
export const scoreIn = (text: string, pattern = NO_SCORE): string =>
  `parseNumber(replace(${text}, ${pattern}, '0'), '.')`;

/**
 * What is no email address. Stricter than an `@`, because what is one identifies a person; the twin of boundary/email.ts.
 */
export const NO_EMAIL_PATTERN = '/^(?![^@,;:<>" ]+@[^@,:->" .]+([.][^@,:->" .]+)+$)[^]*/';
export const NO_EMAIL = `'${NO_EMAIL_PATTERN}'`;

/** The email that a text holds, without spaces around it; empty for none. `pattern` is what is none. */
export const emailIn = (text: string, pattern = NO_EMAIL): string => `trim(replace(trim(${text}), ${pattern}, ' '))`;

/** What has the eight digits of a date; words such as “not yet known”, which would end the run, have not. */
export const DATE_PATTERN = '/^([^0-9]*[0-9]){8}[^]*$/';
/** Whether a text may be a date. `pattern` is what is one. */
export const isDate = (text: string, pattern = `'${DATE_PATTERN}'`): string =>
  `replace('' + ${text}, ${pattern}, ' ') = ' '`;
/** The date at a path, else null. */
export const dateAt = (path: string): string => `if(${isDate(path)}, parseDate(${path}), null)`;

/** The number at a path, if there is nothing else, or null. */
export const numberAt = (path: string): string =>
  `if(replace('' + ${path}, '/^[0-9]+([.][0-9]+)?$/', ' ') = ' ', parseNumber('' + ${path}, '.'), null)`;

/** What takes a no away from a flag, which must say no and nothing else: whatever a service may write for yes is left. */
export const NO = "'/^(false|no|null|undefined|0)$/'";

/** What is wrong with a form and not with one person: kept, and run again, so that whoever mends it loses nobody. */
export const MISTAKE = 'RuntimeError';

/** A field whose choices stand in the form itself. */
export type Choice = Extract<Parameter, { options: { label: string; value: string | number }[] }>;

/**
 * Refuses what is none of a field's choices: nothing says that Make holds a mapped value to them. What was chosen is in
 * `temp` under the field's name, without spaces around it and in small letters, empty for nothing. `given` is what the field
 * holds, if that is not all of it.
 */
export const chosen = (
  service: Service,
  { name, label, options, default: otherwise }: Choice,
  given = `trim('' + ifempty(parameters.${name}, ''))`,
): ThinkingStep => {
  const values = options.map(({ value }) => String(value));
  return {
    temp: {
      [name]: otherwise === undefined ? `{{lower(${given})}}` : `{{lower(ifempty(${given}, '${otherwise}'))}}`,
      [`choices_of_${name}`]: values.map((value) => value.toLowerCase()),
    },
    response: {
      valid: {
        condition: `{{if(temp.${name}, contains(temp.choices_of_${name}, temp.${name}), true)}}`,
        message: `Nothing was sent to ${service}: the field ${label} ${mustBeOneOf(values)}.`,
        type: MISTAKE,
      },
      output: {},
    },
  };
};

const scores = Array.from(
  { length: qualityScale.highest - qualityScale.lowest + 1 },
  (_, index) => index + qualityScale.lowest,
);

/** The lowest score that counts, with what it decides here. */
export const minimumQuality = (help: string): Choice => ({
  name: 'minimum_quality',
  label: 'Minimum quality',
  type: 'select',
  options: scores.map((score) => ({ label: String(score), value: score })),
  default: qualityScale.defaultMinimum,
  help,
});

/** The same as a trigger takes it, which can refuse nothing in words: what is no score keeps everything out. */
export const MINIMUM = `{{parseNumber(replace('' + ifempty(parameters.minimum_quality, ${qualityScale.defaultMinimum}), ${NO_SCORE}, '${qualityScale.highest + 1}'), '.')}}`;

/** Make's own words for a field of this name (M6). */
export const limit = {
  name: 'limit',
  label: 'Limit',
  type: 'uinteger',
  default: 10,
  help: 'The maximum number of results to be worked with during one execution cycle.',
} as const;
