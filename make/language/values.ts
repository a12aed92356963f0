/** Fields, and checks of values, that more than one module has. */

/** For fields that must hold something; spaces alone would stand for everything, or for one and the same thing. */
export const NOT_BLANK = { pattern: '[^ \\t\\r\\n]' };

/** What is no score from 1 to 5: `replace` takes it away, so that what is left is a score or nothing. */
export const NO_SCORE_PATTERN = '/^(?!([1-4]([.][0-9]+)?|5([.]0+)?)$)[^]*$/';
/** The same as an expression writes it. */
export const NO_SCORE = `'${NO_SCORE_PATTERN}'`;

/**
 * What is no email address: `replace` takes it away. Stricter than an `@`, because what is left identifies a person; the
 * twin of boundary/email.ts.
 */
export const NO_EMAIL_PATTERN = '/^(?![^@,;<>" ]+@[^@,;<>" .]+([.][^@,;<>" .]+)+$)[^]*$/';
export const NO_EMAIL = `'${NO_EMAIL_PATTERN}'`;

/** What is no number: `replace` takes it away. */
export const NO_NUMBER = "'/.*[^0-9.].*/'";

/** What takes a no away from a flag, which must say no and nothing else: whatever a service may write for yes is left. */
export const NO = "'/^(false|no|null|undefined|0)$/'";

/** Make's own words for a field of this name (M6). */
export const limit = {
  name: 'limit',
  label: 'Limit',
  type: 'uinteger',
  default: 10,
  help: 'The maximum number of results to be worked with during one execution cycle.',
} as const;
